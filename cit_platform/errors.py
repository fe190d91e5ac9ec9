"""The errors that a person can mend; whoever raises one has written the paragraph that the person reads."""


class UserError(Exception):
    """What happened, where, and what to do, in one paragraph without private values; never a defect of the platform."""
