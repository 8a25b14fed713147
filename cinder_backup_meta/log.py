# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""The loggers of the plugin, which quote what they are given.

A message of the plugin is constant, and its arguments are not: what a record,
a driver, a server or a request says is quoted before it reaches a log, so that
nobody can forge a line of it.
"""

import logging
import typing

from oslo_log import log as oslo_logging

from cinder_backup_meta import quoting

DEBUG = oslo_logging.DEBUG


def getLogger(name: str) -> typing.Any:  # noqa: N802  as in oslo.log
    """Return the logger of a name, as that of oslo.log."""
    logger = oslo_logging.getLogger(name)
    logger.logger.addFilter(_quote_record)
    return logger


def _quote_record(record: logging.LogRecord) -> bool:
    if isinstance(record.args, dict):
        record.args = {
            name: _quote(value) for name, value in record.args.items()
        }
    elif record.args:
        record.args = tuple(map(_quote, record.args))
    if record.exc_info and record.exc_info[1] is not None:
        error = _quoted_error(record.exc_info[1])
        record.exc_info = (type(error), error, error.__traceback__)
    return True


def _quote(value: typing.Any) -> typing.Any:
    if value is None or isinstance(value, (int, float)):
        return value
    return quoting.quote(value)


def _quoted_error(error: BaseException, depth: int = 8) -> BaseException:
    """Return an error that is shown like another one, with its text quoted.

    :param depth: how many of the errors that led to it to show
    """
    kind = type(
        type(error).__name__,
        (Exception,),
        {'__module__': type(error).__module__},
    )
    quoted = kind(quoting.quote(error)).with_traceback(error.__traceback__)
    if depth:
        if error.__cause__ is not None:
            quoted.__cause__ = _quoted_error(error.__cause__, depth - 1)
        elif error.__context__ is not None and not error.__suppress_context__:
            quoted.__context__ = _quoted_error(error.__context__, depth - 1)
    quoted.__suppress_context__ = error.__suppress_context__
    return typing.cast(BaseException, quoted)
