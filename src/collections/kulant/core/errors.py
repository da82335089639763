"""Refusals: what the house says no to, in one sentence a person can act on."""


class Refusal(Exception):
    """A business refusal with a stable code, a sentence for people and an HTTP status.

    Every door turns it into its own form: an ``error:`` line, a page, a problem document.
    """

    status = 400

    def __init__(self, code: str, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        if status is not None:
            self.status = status


class NotFound(Refusal):
    """Nothing by that name where it was looked for."""

    status = 404


class Conflict(Refusal):
    """The thing has moved on since it was last looked at."""

    status = 409


class Forbidden(Refusal):
    """This user may not do that."""

    status = 403
