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

"""The audit trail of exports, imports and recoveries, granted or refused.

Each request leaves one line in the log at INFO and one notification: who asked
for what, from which address, and the outcome. Neither contains the record. Its
digest is in the notification, and in the log at DEBUG.
"""

from collections.abc import Iterator
import contextlib
import dataclasses
import hashlib
import typing

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import rpc

from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import log as logging

# Operators filter by this name, which does not depend on the module's.
LOG = logging.getLogger('cinder_backup_meta.audit')

#: The publisher of the notifications, followed by the host of cinder-api.
SERVICE = 'backup_meta'

# How many seconds a request waits for its notification to be taken, and how
# many requests at a time.
_PATIENCE = 5
_notifications = deadlines.Slots(lambda: 16, patience=_PATIENCE)


@dataclasses.dataclass
class RecordEvent:
    """A request for one record; filled in while it is processed.

    :ivar action: ``export`` or ``import``
    :ivar backup_id: the backup, as soon as it is known
    :ivar record: the record string, which is only published as a digest
    :ivar host: the cinder-backup host that answered
    :ivar outcome: ``granted``, or the reason code of the refusal
    """

    action: str
    backup_id: str | None = None
    record: str | None = None
    host: str | None = None
    outcome: str = 'granted'

    @property
    def digest(self) -> str | None:
        """Return the SHA-256 of the record string, as hexadecimal digits."""
        if self.record is None:
            return None
        return hashlib.sha256(_encode(self.record)).hexdigest()

    def line(self) -> str:
        """Return the beginning of the line in the log."""
        return f'{self.action.capitalize()} of the record of backup ' + str(
            self.backup_id
        )

    def payload(self) -> dict[str, typing.Any]:
        """Return the part of the notification that is about the record."""
        return {'backup_id': self.backup_id, 'record_sha256': self.digest}

    @property
    def event_type(self) -> str:
        """Return the type of the notification."""
        return f'backup_record.{self.action}'


@dataclasses.dataclass
class PageEvent:
    """A request for many records; filled in while it is processed.

    :ivar action: ``export``, ``import`` or ``recover``
    :ivar records: the record strings, which are only published as a digest
    :ivar backup_ids: the backups that were exported, or that were created
    :ivar dry_run: whether nothing was to be changed
    :ivar host: the cinder-backup host that answered
    :ivar outcome: ``granted``, or the reason code of the refusal
    """

    action: str
    records: list[str] | None = None
    backup_ids: list[str] = dataclasses.field(default_factory=list)
    dry_run: bool = False
    host: str | None = None
    outcome: str = 'granted'

    @property
    def digest(self) -> str | None:
        """Return the SHA-256 of the record strings, each ended by a newline.

        :returns: hexadecimal digits
        """
        if self.records is None:
            return None
        digest = hashlib.sha256()
        for record in self.records:
            digest.update(_encode(record) + b'\n')
        return digest.hexdigest()

    def line(self) -> str:
        """Return the beginning of the line in the log."""
        dry_run = ' (dry run)' if self.dry_run else ''
        return (
            f'{self.action.capitalize()}{dry_run} of the records of '
            f'{len(self.backup_ids)} backups'
        )

    def payload(self) -> dict[str, typing.Any]:
        """Return the part of the notification that is about the records."""
        return {
            'backup_ids': self.backup_ids,
            'records_sha256': self.digest,
            'dry_run': self.dry_run,
        }

    @property
    def event_type(self) -> str:
        """Return the type of the notification."""
        return f'backup_records.{self.action}'


def _encode(record: str) -> bytes:
    # A string that is refused as a record may hold anything.
    return record.encode('utf-8', 'surrogatepass')


@contextlib.contextmanager
def trail(
    context: cinder_context.RequestContext, event: RecordEvent | PageEvent
) -> Iterator[None]:
    """Log and publish the event at the end of the block, with its outcome."""
    try:
        yield
    except Exception as error:
        event.outcome = _outcome(error)
        raise
    finally:
        _log(context, event)
        _notify(context, event)


def _outcome(error: Exception) -> str:
    if isinstance(error, exception.Refused):
        return str(error.code)
    if isinstance(error, exception.NoHost):
        return 'no_host'
    if isinstance(error, cinder_exception.NotAuthorized):
        return 'not_authorized'
    if isinstance(error, cinder_exception.NotFound):
        return 'backup_not_found'
    return 'failed'


def _log(
    context: cinder_context.RequestContext, event: RecordEvent | PageEvent
) -> None:
    LOG.info(
        '%(what)s by user %(user)s of project %(project)s from %(address)s: '
        '%(outcome)s',
        {
            'what': event.line(),
            'user': context.user_id,
            'project': context.project_id,
            'address': context.remote_address,
            'outcome': event.outcome,
        },
    )
    if isinstance(event, RecordEvent) and LOG.isEnabledFor(logging.DEBUG):
        LOG.debug(
            'SHA-256 of the record of backup %(backup)s: %(digest)s',
            {'backup': event.backup_id, 'digest': event.digest},
        )


def _notify(
    context: cinder_context.RequestContext, event: RecordEvent | PageEvent
) -> None:
    """Send the notification; a failure does not affect the request."""
    payload = {
        'user_id': context.user_id,
        'project_id': context.project_id,
        'remote_address': context.remote_address,
        'host': event.host,
        'outcome': event.outcome,
        **event.payload(),
    }
    try:
        notifier = rpc.get_notifier(SERVICE)
        # Cinder returns None if notifications are turned off.
        if notifier is not None:
            # oslo.messaging tries to reach the broker for ever.
            _notifications.run(
                lambda: notifier.info(context, event.event_type, payload),
                _PATIENCE,
            )
    except (deadlines.Expired, deadlines.Busy):
        LOG.warning(
            'The notification %s is late: the message broker does not take '
            'it.',
            event.event_type,
        )
    except Exception:
        LOG.exception('The notification about a record cannot be sent.')
