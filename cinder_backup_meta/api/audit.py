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

"""The trail that every export and import leaves, granted or refused.

One line in the log at INFO and one notification, each with who asked for
what, from where, and what came of it. The record itself stands in neither;
its digest stands in the notification and at DEBUG.
"""

from collections.abc import Iterator
import contextlib
import dataclasses
import hashlib
import typing

from cinder import exception as cinder_exception
from cinder import rpc
from oslo_log import log as logging

from cinder_backup_meta.api import hosts
from cinder_backup_meta import exception

# The name that operators filter by, whatever module this is.
LOG = logging.getLogger('cinder_backup_meta.audit')

#: The publisher of the notifications, followed by the host of cinder-api.
SERVICE = 'backup_meta'


@dataclasses.dataclass
class PageEvent:
    """What is known of one request for a page of records, likewise.

    :ivar action: ``export``, ``import`` or ``recover``
    :ivar records: the record strings, of which only the digest is told
    :ivar backup_ids: the backups whose records were given, or that were made
    """

    action: str
    records: list[str] | None = None
    backup_ids: list[str] = dataclasses.field(default_factory=list)
    dry_run: bool = False
    host: str | None = None
    outcome: str = 'granted'

    def line(self) -> str:
        """Return what stands in the log."""
        trial = ' (dry run)' if self.dry_run else ''
        return (
            f'{self.action.capitalize()}{trial} of the records of '
            f'{len(self.backup_ids)} backups'
        )

    def payload(self) -> dict[str, typing.Any]:
        """Return what stands in the notification of these requests alone."""
        return {
            'backup_ids': self.backup_ids,
            'records_sha256': _digest(self.records),
            'dry_run': self.dry_run,
        }

    @property
    def event_type(self) -> str:
        """Return the type of the notification."""
        return f'backup_records.{self.action}'


def _digest(records: list[str] | None) -> str | None:
    """Return the SHA-256 of record strings, one on a line."""
    if records is None:
        return None
    digest = hashlib.sha256()
    for record in records:
        digest.update(record.encode('utf-8', 'surrogatepass') + b'\n')
    return digest.hexdigest()


@dataclasses.dataclass
class Event:
    """What is known of one request; filled in while it is worked on.

    :ivar action: ``export`` or ``import``
    :ivar backup_id: the backup, as soon as it is known
    :ivar record: the record string, of which only the digest is told
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
        return hashlib.sha256(
            self.record.encode('utf-8', 'surrogatepass')
        ).hexdigest()

    def line(self) -> str:
        """Return what stands in the log."""
        return f'{self.action.capitalize()} of the record of backup ' + str(
            self.backup_id
        )

    def payload(self) -> dict[str, typing.Any]:
        """Return what stands in the notification of these requests alone."""
        return {'backup_id': self.backup_id, 'record_sha256': self.digest}

    @property
    def event_type(self) -> str:
        """Return the type of the notification."""
        return f'backup_record.{self.action}'


AnyEvent = typing.TypeVar('AnyEvent', Event, PageEvent)


def trail(
    context: typing.Any, action: str
) -> contextlib.AbstractContextManager[Event]:
    """Leave the trail of what is done to one record in the block."""
    return _trail(context, Event(action))


def pages(
    context: typing.Any, action: str
) -> contextlib.AbstractContextManager[PageEvent]:
    """Leave the trail of what is done to a page of records in the block."""
    return _trail(context, PageEvent(action))


@contextlib.contextmanager
def _trail(context: typing.Any, event: AnyEvent) -> Iterator[AnyEvent]:
    try:
        yield event
    except Exception as error:
        event.outcome = _outcome(error)
        raise
    finally:
        _log(context, event)
        _notify(context, event)


def _outcome(error: Exception) -> str:
    if isinstance(error, exception.Refused):
        return str(error.code)
    if isinstance(error, hosts.NoHost):
        return 'no_host'
    if isinstance(error, cinder_exception.NotAuthorized):
        return 'not_authorized'
    if isinstance(error, cinder_exception.NotFound):
        return 'backup_not_found'
    return 'failed'


def _log(context: typing.Any, event: Event | PageEvent) -> None:
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
    if isinstance(event, Event) and LOG.isEnabledFor(logging.DEBUG):
        LOG.debug(
            'SHA-256 of the record of backup %(backup)s: %(digest)s',
            {'backup': event.backup_id, 'digest': event.digest},
        )


def _notify(context: typing.Any, event: Event | PageEvent) -> None:
    """Send the notification; its failure is not the request's."""
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
        # Cinder returns nothing where notifications are turned off.
        if notifier is not None:
            notifier.info(context, event.event_type, payload)
    except Exception:
        LOG.exception('The notification about a record can not be sent.')
