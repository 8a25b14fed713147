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

"""The exceptions that the plugin raises inside itself.

None of them crosses a process boundary: the RPC interface answers with
outcomes, and :mod:`cinder_backup_meta.api` turns these into the exceptions
that Cinder's REST layer knows how to answer with.
"""

from cinder_backup_meta import reasons


class BackupMetaException(Exception):
    """Base: a subclass gives ``message``, its users the values in it."""

    message = 'An unknown exception occurred.'

    def __init__(self, **kwargs: object) -> None:
        self.kwargs = kwargs
        # A message and its values that don't fit each other are a bug of
        # ours; let it be seen instead of hiding the real error behind it.
        super().__init__(self.message % kwargs)


class Refused(BackupMetaException):
    """A request was refused for one of the reasons in the closed list.

    :ivar code: the :class:`cinder_backup_meta.reasons.Reason`
    """

    message = '%(detail)s [%(code)s]'

    def __init__(self, code: reasons.Reason, detail: str) -> None:
        self.code = code
        super().__init__(code=code, detail=detail)

    @classmethod
    def from_outcome(cls, code: str, detail: str) -> 'Refused':
        """Return the refusal that a host has answered with."""
        return cls(reasons.Reason(code), detail)


class RecordRefused(Refused):
    """A record string can't be read as a backup record.

    :ivar field: the name of the record's key at fault, None where the
        record as a whole is
    """

    message = 'The backup record is refused: %(detail)s [%(code)s]'

    def __init__(
        self, code: reasons.Reason, detail: str, field: str | None = None
    ) -> None:
        self.field = field
        super().__init__(code, f'{field}: {detail}' if field else detail)
