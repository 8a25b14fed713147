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

"""What the endpoints have in common: answering with outcomes."""

from collections.abc import Callable
import typing

from oslo_db import exception as db_exception
from oslo_log import log as logging
import oslo_messaging as messaging

from cinder_backup_meta import exception
from cinder_backup_meta import importer
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import loading
from cinder_backup_meta import rpcapi

LOG = logging.getLogger(__name__)

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
        """Carry a request out and say what came of it.

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
        """Work on a page of records and say what came of it, likewise."""
        return self._done(context, what, action, objects.BackupRecordPage)

    def _done(
        self,
        context: typing.Any,
        what: str,
        action: Callable[[], dict[str, typing.Any]],
        answer: typing.Any,
    ) -> typing.Any:
        """Carry a request out; the answer is of the class that is given."""
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

    def _home(self) -> importer.Home:
        """Return the host that this is, as the home of imported backups."""
        return importer.Home(
            host=self._manager.host,
            availability_zone=self._manager.az,
            service=self._manager.driver_name,
        )

    def _storage(self, context: typing.Any) -> tuple[typing.Any, typing.Any]:
        """Return the backup driver, and the repository behind it."""
        driver = self._manager.service(context)
        return driver, loading.load(driver, self._manager.driver_name)


def _guard(what: str, action: Callable[[], _Answer]) -> _Answer:
    """Give an error that nobody foresaw a reason too.

    An exception of a class that cinder-api does not know would reach it as
    no more than a string.
    """
    try:
        return action()
    except exception.Refused:
        raise
    except db_exception.DBError as error:
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
        f'{name}; the log of cinder-backup on this host says more',
    )
