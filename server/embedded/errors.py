"""What the operator is told when the embedded servers cannot run."""


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message says why and what to do, in one line."""


class PortTakenError(EmbeddedError):
    """The port that was free a moment ago is taken; another one may not be."""
