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

"""The exceptions of the client, with stable reason codes."""

from cinder_backup_meta import exception
from cinder_backup_meta import reasons


class BundleRefused(exception.Refused):
    """A bundle cannot be read or written.

    :ivar file: the file, as the caller named it
    :ivar line: the number of the line at fault, from 1; None if it is the
        file as a whole
    """

    def __init__(
        self,
        code: reasons.Reason,
        detail: str,
        file: str,
        line: int | None = None,
    ) -> None:
        self.file = file
        self.line = line
        where = file if line is None else f'{file}, line {line}'
        super().__init__(code, f'{where}: {detail}')


class RequestFailed(exception.BackupMetaException):
    """Cinder answered a request with an error.

    :ivar detail: the error message, with the reason code if there is one
    :ivar code: the reason code as a string, or None; a newer service may use
        codes that are not in :mod:`cinder_backup_meta.reasons`
    :ivar status: the HTTP status, or None without an answer
    :ivar request_id: the id to look for in Cinder's logs, or None
    """

    message = '%(text)s'

    def __init__(
        self,
        detail: str,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        self.detail = detail
        self.code = code
        self.status = status
        self.request_id = request_id
        text = detail if status is None else f'{detail} (HTTP {status})'
        if request_id:
            text += f' (request {request_id})'
        super().__init__(text=text)


class Unreachable(RequestFailed):
    """Cinder could not be reached, or could not answer (HTTP 5xx)."""
