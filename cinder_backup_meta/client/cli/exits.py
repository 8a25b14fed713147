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

"""The exit codes of the commands, and what they say when they fail."""

from collections.abc import Callable
import traceback

from keystoneauth1 import exceptions as keystone_exceptions

from cinder_backup_meta.client import errors
from cinder_backup_meta import exception

DONE = 0
#: Something was refused; the rest is done
REFUSED = 1
#: The arguments, or the settings for the cloud, can not be used
USAGE = 2
#: The service could not be reached, or failed
UNREACHABLE = 3
#: By Ctrl-C, as a shell has it
INTERRUPTED = 130


class UsageError(exception.BackupMetaException):
    """Arguments don't fit each other."""

    message = '%(detail)s'


def guard(
    work: Callable[[], int], tell: Callable[[str], None], debug: bool
) -> int:
    """Do the work of a command; return its exit code.

    :param work: returns the exit code if all goes well
    :param tell: shows an error to the operator
    :param debug: show the traceback of an error too
    """
    try:
        return work()
    except KeyboardInterrupt:
        tell('interrupted')
        return INTERRUPTED
    except (
        exception.BackupMetaException,
        keystone_exceptions.ClientException,
    ) as error:
        if debug:
            traceback.print_exc()
        tell(str(error))
        return code_of(error)


def code_of(error: Exception) -> int:
    """Return the exit code that tells an error."""
    if isinstance(
        error, (UsageError, keystone_exceptions.MissingRequiredOptions)
    ):
        return USAGE
    if isinstance(
        error, (errors.Unreachable, keystone_exceptions.ClientException)
    ):
        return UNREACHABLE
    return REFUSED
