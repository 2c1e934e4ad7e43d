"""What staff sees of the work that goes on without anybody asking."""

from datetime import datetime

import strawberry

from domain.shared.jobs import JobKind
from domain.shared.jobs import ParkedJob as ParkedJobModel
from resolvers import jobs
from schema.base import Payload, enum, mutation, represents, resolve

enum(JobKind)


@strawberry.federation.type(tags=["admin"], description="A job that failed so often that somebody has to look at it.")
@represents(ParkedJobModel)
class ParkedJob:
    id: strawberry.ID = resolve(description="What `jobReplay` takes.")
    kind: JobKind = resolve(description="What was to be done.")
    subject: strawberry.ID = resolve(description="To what: the id of a checkout, a payment and so on.")
    parked_at: datetime = resolve(description="When it was given up.")
    error: str | None = resolve(description="What it failed with the last time.")


@strawberry.input(description="Have a parked job done after all.")
class JobReplayInput:
    id: strawberry.ID

    def to_domain(self) -> jobs.ReplayJob:
        return jobs.ReplayJob(self.id)


@strawberry.federation.type(tags=["admin"], description="What `jobReplay` answers.")
class JobReplayPayload(Payload):
    is_queued: bool | None = resolve(description="True once the workers have the job again.")


@strawberry.type
class JobMutation:
    job_replay: JobReplayPayload | None = mutation(
        jobs.replay,
        input=JobReplayInput,
        payload=JobReplayPayload,
        requires_scopes=[["jobs:write"]],
        tags=["admin"],
        description="Give a parked job back to the workers; harmless when it was given back before (NOT_FOUND).",
    )
