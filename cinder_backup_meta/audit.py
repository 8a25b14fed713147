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

from cinder_backup_meta import exception
from cinder_backup_meta import hosts

LOG = logging.getLogger(__name__)

#: The publisher of the notifications, followed by the host of cinder-api.
SERVICE = 'backup_meta'


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


@contextlib.contextmanager
def trail(context: typing.Any, action: str) -> Iterator[Event]:
    """Leave the trail of what is done in the block."""
    event = Event(action)
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


def _log(context: typing.Any, event: Event) -> None:
    LOG.info(
        '%(action)s of the record of backup %(backup)s by user %(user)s of '
        'project %(project)s from %(address)s: %(outcome)s',
        {
            'action': event.action.capitalize(),
            'backup': event.backup_id,
            'user': context.user_id,
            'project': context.project_id,
            'address': context.remote_address,
            'outcome': event.outcome,
        },
    )
    if LOG.isEnabledFor(logging.DEBUG):
        LOG.debug(
            'SHA-256 of the record of backup %(backup)s: %(digest)s',
            {'backup': event.backup_id, 'digest': event.digest},
        )


def _notify(context: typing.Any, event: Event) -> None:
    """Send the notification; its failure is not the request's."""
    payload = {
        'backup_id': event.backup_id,
        'user_id': context.user_id,
        'project_id': context.project_id,
        'remote_address': context.remote_address,
        'host': event.host,
        'record_sha256': event.digest,
        'outcome': event.outcome,
    }
    try:
        notifier = rpc.get_notifier(SERVICE)
        # Cinder returns nothing where notifications are turned off.
        if notifier is not None:
            notifier.info(context, f'backup_record.{event.action}', payload)
    except Exception:
        LOG.exception('The notification about a record can not be sent.')
