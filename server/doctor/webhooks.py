"""Webhooks: nothing that waits is forgotten."""

from server.doctor.check import Check

ASLEEP = Check(
    "webhook-asleep",
    "A webhook that is enabled is looked at again when deliveries to it wait, or it is behind the log.",
    """
    SELECT w.id FROM webhook w
    WHERE w.state = 'ENABLED' AND w.due_at IS NULL AND w.leased_until < now()
      AND (w.behind IS NOT NULL OR EXISTS (
          SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'WAITING'))
    """,
)
OVERDUE = Check(
    "webhook-overdue",
    "What is due to a webhook that has not failed is sent within 10 minutes: a worker runs.",
    """
    SELECT id FROM webhook
    WHERE state = 'ENABLED' AND failures = 0 AND due_at < now() - interval '10 minutes'
      AND greatest(held_until, leased_until) < now() - interval '10 minutes'
    """,
)

CHECKS = (ASLEEP, OVERDUE)
