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

"""Asking the cinder-backup hosts of the cloud.

A *host* in cinder-api is the name under which a cinder-backup service has
registered with Cinder, such as ``backup1``. The plugin may ask any of them,
whatever host the row or the record of a backup names.
"""

from collections.abc import Callable
from collections.abc import Iterable
import functools
import random
import time
import typing

from cinder.common import constants
from cinder import context as cinder_context
from cinder import objects as cinder_objects
from oslo_config import cfg
import oslo_messaging as messaging

from cinder_backup_meta import conf
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta import rpcapi

CONF = cfg.CONF
conf.register_opts(CONF)

LOG = logging.getLogger(__name__)

#: One record in an answer about many, by name
Item = dict[str, str | None]

# This host cannot do it, but another one may be able to.
_NEXT_HOST = frozenset(
    str(code)
    for code in (reasons.Reason.SERVICE_MISMATCH, reasons.Reason.HOST_FAILED)
)
# The part of what is left of the time that a host gets if there are others.
_SHARE = 2 / 3
_MISMATCH = str(reasons.Reason.SERVICE_MISMATCH)
_NO_HOST_AT_ALL = (
    'No cinder-backup service is enabled and up; see "cinder service-list".'
)


class Answer(typing.Protocol):
    """The answer of a host.

    :ivar reason: why the host refuses the request; None if it does not
    :ivar detail: the same as a sentence
    """

    reason: str | None
    detail: str


AnyAnswer = typing.TypeVar('AnyAnswer', bound=Answer)


class Hosts:
    """The cinder-backup hosts that are up.

    :ivar rpcapi: the client of the RPC interface
    """

    def __init__(self) -> None:
        self.rpcapi = rpcapi.BackupMetaAPI()

    def begin(self, first: str | None = None) -> 'Round':
        """Return a new round of the hosts that are up now.

        :param first: the host to ask first, if it is up
        """
        return Round(in_turn(_list_live(), first=first))

    def ask(
        self, call: Callable[[str], AnyAnswer], first: str | None = None
    ) -> tuple[str, AnyAnswer]:
        """Ask one host after the other until one has an answer.

        :param call: calls the host of the given name
        :param first: the host to ask first, if it is up
        :returns: the host and its answer
        :raises Refused: if the host refuses the request
        :raises NoHost: if no host has an answer
        """
        return self.begin(first).ask(call)


class Round:
    """One request's round of the hosts, each of which is asked once.

    It ends after ``rpc_timeout`` seconds, however many hosts there are.

    :param hosts: the hosts in the order in which to ask them
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._left = list(hosts)
        self._ends_at = time.monotonic() + CONF.backup_meta.rpc_timeout

    def ask(self, call: Callable[[str], AnyAnswer]) -> tuple[str, AnyAnswer]:
        """Ask the next hosts until one has an answer.

        A refusal is an answer too, except those that another host may not
        share.

        :param call: calls the host of the given name
        :returns: the host and its answer
        :raises Refused: if the host refuses the request
        :raises NoHost: if none of the hosts that are left has an answer
        """
        failures = []
        while self._left and time.monotonic() < self._ends_at:
            host = self._left.pop(0)
            try:
                answer = self._call(call, host)
            except (rpcapi.BrokerUnavailable, rpcapi.TooManyCalls) as error:
                # It would be the same for any other host.
                self._left = []
                failure = str(error)
            except messaging.MessagingTimeout:
                failure = 'did not answer in time'
            except messaging.UnsupportedVersion:
                failure = 'does not have the plugin, or an older version of it'
            else:
                if answer.reason not in _NEXT_HOST:
                    _raise_refusal(answer)
                    return host, answer
                failure = f'{answer.detail} [{answer.reason}]'
            LOG.warning('cinder-backup on host %s: %s', host, failure)
            failures.append(f'{host}: {failure}.')
        raise exception.NoHost(hosts=' '.join(failures) or _NO_HOST_AT_ALL)

    def _call(self, call: Callable[[str], AnyAnswer], host: str) -> AnyAnswer:
        left = self._ends_at - time.monotonic()
        with deadlines.within(left * _SHARE if self._left else left):
            return call(host)

    def ask_for_rest(
        self,
        page: objects.BackupRecordPage,
        call: Callable[[list[int], str], objects.BackupRecordPage],
        merge: Callable[[list[int], list[Item]], list[Item]],
    ) -> str | None:
        """Ask the hosts that are left for records that need another driver.

        Returns when each record has reached a host with its driver, or no
        host is left.

        :param page: what the hosts so far have answered; updated in place
        :param call: asks a host for the items with these indexes
        :param merge: returns the items of the page after these, at the same
            indexes, have been asked for again
        :returns: the last host with an answer, None if there was none
        """
        host = None
        while mismatched := _mismatched(page):
            try:
                host, more = self.ask(functools.partial(call, mismatched))
            except exception.NoHost:
                break
            page.items = merge(mismatched, more.items)
            page.over_quota = sorted({*page.over_quota, *more.over_quota})
        return host


def in_turn(hosts: Iterable[str], first: str | None = None) -> list[str]:
    """Return the hosts in the order in which to ask them.

    The order is random, so that requests spread over all hosts. Cinder always
    begins with the same host.

    :param first: a host to begin with if it is among them
    """
    order = list(hosts)
    random.shuffle(order)
    return sorted(order, key=lambda host: host != first)


def _list_live() -> list[str]:
    """Return the hosts that are enabled and up.

    Corresponds to ``API._list_backup_hosts`` of Cinder.
    """
    services = cinder_objects.ServiceList.get_all_by_topic(
        cinder_context.get_admin_context(),
        constants.BACKUP_TOPIC,
        disabled=False,
    )
    return [service.host for service in services if service.is_up]


def _raise_refusal(answer: Answer) -> None:
    if answer.reason is not None:
        raise exception.Refused.from_outcome(answer.reason, answer.detail)


def _mismatched(page: objects.BackupRecordPage) -> list[int]:
    """Return the indexes of the items that need another backup driver."""
    return [
        index
        for index, item in enumerate(page.items)
        if item['reason'] == _MISMATCH
    ]
