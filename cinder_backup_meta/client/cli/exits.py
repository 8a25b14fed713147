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

"""The exit codes of the commands of both programs.

====  ===========  ========================================================
code  name         when
====  ===========  ========================================================
0     DONE         everything was done
1     REFUSED      something was refused: a record of an import or a
                   recovery, a backup of an export, a bundle, or the request
                   as a whole; everything else was done
2     USAGE        the arguments, or the settings for the cloud, cannot be
                   used
3     UNREACHABLE  the service could not be reached, or failed; what was
                   done before remains
130   INTERRUPTED  interrupted by Ctrl-C, as shells report it
====  ===========  ========================================================

:func:`of_outcome` has the code of a command that ran to its end, and
:data:`ERRORS` that of an error. ``doc/source/cli/clients.rst`` documents them.
"""

from collections.abc import Callable
from collections.abc import Sized
import sys
import traceback

from keystoneauth1 import exceptions as keystone_exceptions

from cinder_backup_meta.client import errors
from cinder_backup_meta import exception
from cinder_backup_meta import quoting

DONE = 0
REFUSED = 1
USAGE = 2
UNREACHABLE = 3
INTERRUPTED = 130


class UsageError(exception.BackupMetaException):
    """The arguments contradict each other, or cannot be used."""

    message = '%(detail)s'


#: The exit code of each error, by the first class that it is an instance of
ERRORS: tuple[tuple[type[Exception], int], ...] = (
    (UsageError, USAGE),
    (keystone_exceptions.MissingRequiredOptions, USAGE),
    (errors.Unreachable, UNREACHABLE),
    (keystone_exceptions.ClientException, UNREACHABLE),
    # Among them RequestFailed and BundleRefused.
    (exception.BackupMetaException, REFUSED),
)


def of_outcome(refused: Sized) -> int:
    """Return the exit code of a command that ran to its end.

    :param refused: the records or backups that were refused
    """
    return REFUSED if refused else DONE


def of_error(error: Exception) -> int:
    """Return the exit code of an error, which is one of ERRORS."""
    return next(code for kind, code in ERRORS if isinstance(error, kind))


def guard(
    work: Callable[[], int], show: Callable[[str], None], debug: bool
) -> int:
    """Do the work of a command, and return its exit code.

    :param work: returns the exit code if there is no error
    :param show: shows an error message to the operator
    :param debug: show the traceback of an error too
    """
    try:
        return work()
    except KeyboardInterrupt:
        show('interrupted')
        return INTERRUPTED
    except tuple(kind for kind, _code in ERRORS) as error:
        if debug:
            sys.stderr.write(quoting.quote(traceback.format_exc(), keep='\n'))
        show(quoting.quote(' '.join(str(error).split())))
        return of_error(error)
