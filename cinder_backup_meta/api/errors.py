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

"""The HTTP status of each refusal.

Cinder's REST layer derives the status of an answer from the class of the
exception. Both the stock calls and those of the plugin raise what the table
says:

====================================  =================================  ====
refusal                               exception                          HTTP
====================================  =================================  ====
a record string cannot be read        ``InvalidInput``                   400
a reason code in :data:`EXCEPTIONS`   its entry there
any other reason code                 ``InvalidBackup``                  400
no cinder-backup host can do it       :class:`BackupHostUnavailable`     503
====================================  =================================  ====
"""

from collections.abc import Iterator
import contextlib

from cinder import exception as cinder_exception

from cinder_backup_meta import exception
from cinder_backup_meta import reasons

_Reason = reasons.Reason


class BackupHostUnavailable(cinder_exception.ServiceNotFound):
    """No cinder-backup host can do what is asked; HTTP 503.

    Cinder's import answers 503 to its parent class, its export 404; with the
    code both answer 503.
    """

    code = 503


#: The exceptions by reason code; for any other code, ``InvalidBackup``.
EXCEPTIONS: dict[reasons.Reason, type[cinder_exception.CinderException]] = {
    _Reason.INVALID_MARKER: cinder_exception.InvalidInput,  # HTTP 400
    _Reason.BACKUP_NOT_FOUND: cinder_exception.NotFound,  # HTTP 404
    _Reason.RECORD_NOT_FOUND: cinder_exception.NotFound,  # HTTP 404
    _Reason.QUOTA_EXCEEDED: cinder_exception.QuotaError,  # HTTP 413
    _Reason.CATALOG_UNAVAILABLE: BackupHostUnavailable,  # HTTP 503
}

# Their texts are Cinder's own, which end without a reason code.
_WITHOUT_CODE = frozenset(
    (
        _Reason.BACKUP_NOT_AVAILABLE,
        _Reason.BACKUP_NOT_FOUND,
        _Reason.RECORD_NOT_FOUND,
    )
)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise Cinder's exceptions in place of the plugin's internal ones."""
    try:
        yield
    except exception.RecordRefused as error:
        raise cinder_exception.InvalidInput(reason=str(error)) from None
    except exception.Refused as error:
        raise _to_cinder(error) from None
    except exception.NoHost as error:
        raise BackupHostUnavailable(str(error)) from None


def _to_cinder(error: exception.Refused) -> cinder_exception.CinderException:
    kind = EXCEPTIONS.get(error.code, cinder_exception.InvalidBackup)
    text = str(error)
    if error.code in _WITHOUT_CODE:
        text = str(error.kwargs['detail'])
    if issubclass(kind, cinder_exception.Invalid):
        return kind(reason=text)
    return kind(text)
