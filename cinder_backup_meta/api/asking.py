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

"""Asking the cinder-backup hosts, for the use cases of cinder-api."""

from collections.abc import Callable
import typing

from cinder_backup_meta.api import hosts
from cinder_backup_meta import exception
from cinder_backup_meta import rpcapi

#: What a host answers with: it has a reason code where it refuses.
Answer = typing.TypeVar('Answer')


class Asker:
    """Asks the live hosts in turn.

    :param list_hosts: returns the names of the hosts that are up
    :ivar rpcapi: the client of the RPC interface
    """

    def __init__(self, list_hosts: Callable[[], list[str]]) -> None:
        self._list_hosts = list_hosts
        self.rpcapi = rpcapi.BackupMetaAPI()

    def hosts(self, first: str | None = None) -> list[str]:
        """Return the live hosts in the order in which to ask them."""
        return hosts.in_turn(self._list_hosts(), first=first)

    def ask(
        self, call: Callable[[str], Answer], first: str | None = None
    ) -> tuple[str, Answer]:
        """Ask until a host has an answer; raise the refusal if it is one.

        :param call: calls the host of the given name
        :param first: the host to begin with, if it is up
        :returns: the host and its answer
        :raises Refused: what the host refused it for
        :raises NoHost: if no host has an answer
        """
        host, answer = hosts.ask(self.hosts(first), call)
        raise_refusal(answer)
        return host, answer


def raise_refusal(answer: typing.Any) -> None:
    """Raise the refusal that an answer is, if it is one.

    :raises Refused: what the host refused the request for
    """
    if answer.reason is not None:
        raise exception.Refused.from_outcome(answer.reason, answer.detail)
