"""What is said of a source whose data cannot be used; one paragraph: what happened, where, what to do."""

from cit_platform.errors import UserError


class SourceError(UserError):
    """The source's data cannot be used; one paragraph: what happened, where, what to do."""


class SourceSilentError(SourceError):
    """No address of the source gives a usable answer; its data may be as good as ever."""


class SourceChangedError(SourceError):
    """The source is not what it was; `cit refresh --accept CODE` lets this change through once.

    Attributes:
        code: `rows`, `columns` or `types`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} once with `cit refresh --accept {code}`.")
        self.code = code
