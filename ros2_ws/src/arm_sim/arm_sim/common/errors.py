"""The one error that a user can mend; commands print its sentence and exit with 2."""


class UserError(ValueError):
    """Something given by the user is wrong; the message says what, and what is valid."""
