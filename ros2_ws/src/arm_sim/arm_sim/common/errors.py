"""UserError: the exception for mistakes that a user can correct."""


class UserError(ValueError):
    """An invalid input, or a failure that the user can correct.

    The message is one sentence for the user: what was wrong, and what is valid. Commands print it
    without a traceback and exit with 2.
    """
