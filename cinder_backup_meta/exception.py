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

"""The exceptions that the plugin raises within one process.

None of them crosses a process boundary: the RPC interface answers refusals
with a reason code, and :mod:`cinder_backup_meta.api.errors` translates them
into the exceptions that Cinder's REST layer answers.
"""

from collections.abc import Mapping
import typing

from cinder_backup_meta import quoting
from cinder_backup_meta import reasons


class BackupMetaException(Exception):
    """Base class: ``message`` is a format for the keyword arguments.

    Texts and errors among these are quoted: the message of an exception is
    safe to print and to log, whoever has written what it is about.
    """

    message = 'An unknown exception occurred.'

    def __init__(self, **kwargs: object) -> None:
        self.kwargs = {name: _quote(value) for name, value in kwargs.items()}
        # A message that does not match its arguments is a bug of the plugin.
        # It must show up instead of hiding the actual error.
        super().__init__(self.message % self.kwargs)


def _quote(value: object) -> object:
    # A reason code is a text too, and has to remain what it is.
    if type(value) is str or isinstance(value, BaseException):
        return quoting.quote(value)
    return value


class Refused(BackupMetaException):
    """A request was refused for one of the reasons in the closed list.

    :ivar code: the :class:`cinder_backup_meta.reasons.Reason`
    """

    message = '%(detail)s [%(code)s]'

    def __init__(self, code: reasons.Reason, detail: str) -> None:
        self.code = code
        super().__init__(code=code, detail=detail)

    def about(self, backup_id: str) -> 'Refused':
        """Return the refusal with a text that names the backup."""
        detail = str(self.kwargs['detail'])
        if backup_id in detail:
            return self
        return Refused(self.code, f'backup {backup_id}: {detail}')

    @classmethod
    def from_outcome(cls, code: str, detail: str) -> 'Refused':
        """Return the refusal that a cinder-backup host has answered with."""
        return cls(reasons.Reason(code), detail)


class RecordRefused(Refused):
    """A record string is not an acceptable backup record.

    :ivar field: the key of the record that is at fault; None if the fault is
        in the record as a whole
    :ivar named: what the record says of which backup it is, as far as that can
        be read: the values of :data:`cinder_backup_meta.record.fields.NAMING`
    """

    message = 'The backup record%(of)s is refused: %(detail)s [%(code)s]'

    def __init__(
        self,
        code: reasons.Reason,
        detail: str,
        field: str | None = None,
        named: Mapping[str, typing.Any] | None = None,
    ) -> None:
        self.field = field
        self.named = dict(named or {})
        self._detail = detail
        self.code = code
        backup_id = self.named.get('id')
        BackupMetaException.__init__(
            self,
            code=code,
            detail=f'{field}: {detail}' if field else detail,
            of=f' of backup {backup_id}' if backup_id else '',
        )

    def naming(self, named: Mapping[str, typing.Any]) -> 'RecordRefused':
        """Return the refusal with what is known of the backup."""
        return RecordRefused(self.code, self._detail, self.field, named)


class NoHost(BackupMetaException):
    """No cinder-backup host can do what is asked; the text says why."""

    message = 'No cinder-backup host can do this. %(hosts)s'
