"""How a command ends that meets what is wrong with its input or with the world: a line, and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import typer

from config.errors import ConfigError
from config.secrets import redacted
from detector.service.people.exit_codes import EXIT_NOT_RIGHT, EXIT_WRONG_INPUT
from streams.errors import StreamError


@contextmanager
def told_in_words() -> Iterator[None]:
    """Errors that a person can mend end the process in a line on standard error; others go on their way."""
    # What is printed is the result: what is logged goes elsewhere. The daemon says anew where to.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        yield
    except ConfigError as error:
        typer.echo(redacted(f"coolwatch: {error}"), err=True)
        sys.exit(EXIT_WRONG_INPUT)
    except FileNotFoundError as error:
        typer.echo(f"coolwatch: {error.filename}: no such file", err=True)
        sys.exit(EXIT_WRONG_INPUT)
    except (FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        typer.echo(f"coolwatch: {error.filename}: {error.strerror}", err=True)
        sys.exit(EXIT_WRONG_INPUT)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        where = error.filename or "the output"
        typer.echo(f"coolwatch: {where}: cannot be written: {error.strerror}", err=True)
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # what waits to be printed has no place
        sys.exit(EXIT_NOT_RIGHT)
    except StreamError as error:
        typer.echo(redacted(f"coolwatch: {error}"), err=True)
        sys.exit(EXIT_NOT_RIGHT)
