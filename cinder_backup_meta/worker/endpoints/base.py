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

"""The base of the endpoints: requests are answered with outcomes."""

from collections.abc import Callable
import functools
import typing

from oslo_db import exception as db_exception
import oslo_messaging as messaging

from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import server_clock
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta import rpcapi
from cinder_backup_meta.worker import host as worker_host

LOG = logging.getLogger(__name__)

# Capturing so many takes more than a moment.
_MANY = 100

_Answer = typing.TypeVar('_Answer')


class Endpoint:
    """Answers :class:`cinder_backup_meta.rpcapi.BackupMetaAPI`."""

    target = messaging.Target(
        namespace=rpcapi.NAMESPACE,
        version=rpcapi.BackupMetaAPI.RPC_API_VERSION,
    )

    def __init__(self, manager: typing.Any) -> None:
        self._manager = manager

    def _outcome(
        self,
        context: typing.Any,
        what: str,
        backup_id: str,
        action: Callable[[], dict[str, typing.Any]],
    ) -> objects.BackupRecordOutcome:
        """Carry out a request and return its outcome.

        :param what: the request, for the log
        :param action: returns further fields of the outcome
        """
        return self._done(
            context,
            f'{what} of backup {backup_id}',
            action,
            objects.BackupRecordOutcome,
        )

    def _page(
        self,
        context: typing.Any,
        what: str,
        action: Callable[[], dict[str, typing.Any]],
    ) -> objects.BackupRecordPage:
        """Carry out a request for a page of records and return the page."""
        return self._done(context, what, action, objects.BackupRecordPage)

    def _done(
        self,
        context: typing.Any,
        what: str,
        action: Callable[[], dict[str, typing.Any]],
        answer: typing.Any,
    ) -> typing.Any:
        """Carry out a request whose answer is of the given class."""
        service = self._manager.driver_name
        return self._answer(
            what,
            lambda: answer.done(context, backup_service=service, **action()),
            lambda error: answer.refused(
                context, error, backup_service=service
            ),
        )

    def _answer(
        self,
        what: str,
        action: Callable[[], _Answer],
        refused: Callable[[exception.Refused], _Answer],
    ) -> _Answer:
        """Carry out a request whose answer is of any class.

        :param action: returns the answer
        :param refused: returns the answer that is a refusal
        """
        try:
            answer = _guard(what, action)
        except exception.Refused as error:
            LOG.debug('%s refused: %s', what, error)
            return refused(error)
        LOG.debug('%s finished.', what)
        return answer

    def _in_time(
        self,
        context: typing.Any,
        expires_at: float | None,
        action: Callable[[], _Answer],
    ) -> Callable[[], _Answer]:
        """Return an action that writes nothing after the caller has given up.

        :param expires_at: by the clock of Cinder's database; None if the
            caller, of an older version, does not tell
        """

        @functools.wraps(action)
        def act() -> _Answer:
            left = None
            if expires_at is not None:
                left = expires_at - server_clock.now(context)
            with deadlines.within(left):
                if deadlines.remaining() == 0:
                    raise deadlines.Expired
                return action()

        return act

    def _host(self, context: typing.Any) -> worker_host.Host:
        """Return the host that this is, for one request."""
        return worker_host.Host.of_manager(self._manager, context)

    def _capture(self, backup_ids: list[str]) -> None:
        """Capture new backups: at once, or after the last of many pages."""
        if len(backup_ids) < _MANY:
            self._manager.catalog.put(*backup_ids)
        else:
            self._manager.catalog.put_many(backup_ids)


def _guard(what: str, action: Callable[[], _Answer]) -> _Answer:
    """Give every unforeseen error a reason code.

    An exception of a class that cinder-api does not know would reach it as a
    mere string.
    """
    try:
        return action()
    except exception.Refused:
        raise
    except deadlines.Expired:
        raise exception.Refused(
            reasons.Reason.HOST_FAILED,
            'the request came too late or took too long, and nothing was '
            'written; send it again',
        ) from None
    except db_exception.DBError as error:
        if session.is_own(error):
            raise session.refused(error) from error
        # Without the traceback, whose last line is the whole statement with
        # every value of the record in it.
        LOG.error(
            '%(what)s failed: %(error)s',
            {
                'what': what,
                'error': getattr(error.inner_exception, 'orig', None)
                or type(error).__name__,
            },
        )
        name = type(error).__name__
    except Exception as error:
        LOG.exception('%s failed.', what)
        name = type(error).__name__
    raise exception.Refused(
        reasons.Reason.HOST_FAILED,
        f'the request failed with {name}; see the log of cinder-backup on '
        'this host',
    )
