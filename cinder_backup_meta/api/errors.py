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

"""What a refusal of ours is in Cinder's own exceptions.

Cinder's REST layer answers by the class of an exception, so that the stock
calls and the plugin's own tell the same thing in the same way.
"""

from collections.abc import Iterator
import contextlib

from cinder import exception as cinder_exception

from cinder_backup_meta.api import hosts
from cinder_backup_meta import exception
from cinder_backup_meta import reasons


_NOT_FOUND = frozenset(
    (reasons.Reason.BACKUP_NOT_FOUND, reasons.Reason.RECORD_NOT_FOUND)
)


class BackupHostUnavailable(cinder_exception.ServiceNotFound):
    """No cinder-backup host can do what is asked; HTTP 503.

    Cinder's import answers 503 to its parent class, its export 404; with the
    code both answer 503.
    """

    code = 503


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise what Cinder knows in place of what the plugin raises inside."""
    try:
        yield
    except exception.RecordRefused as error:
        raise cinder_exception.InvalidInput(reason=str(error)) from None
    except exception.Refused as error:
        raise _to_cinder(error) from None
    except hosts.NoHost as error:
        raise BackupHostUnavailable(str(error)) from None


def _to_cinder(error: exception.Refused) -> cinder_exception.CinderException:
    detail = str(error.kwargs['detail'])
    if error.code in _NOT_FOUND:
        return cinder_exception.NotFound(detail)
    if error.code is reasons.Reason.INVALID_MARKER:
        return cinder_exception.InvalidInput(reason=str(error))
    if error.code is reasons.Reason.QUOTA_EXCEEDED:
        return cinder_exception.QuotaError(str(error))
    if error.code is reasons.Reason.CATALOG_UNAVAILABLE:
        return BackupHostUnavailable(str(error))
    if error.code is reasons.Reason.BACKUP_NOT_AVAILABLE:
        # Word for word what Cinder says.
        return cinder_exception.InvalidBackup(reason=detail)
    return cinder_exception.InvalidBackup(reason=str(error))
