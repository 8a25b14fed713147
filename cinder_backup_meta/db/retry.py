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

"""Repeating a transaction that lost against a concurrent one."""

from collections.abc import Callable
import typing

from oslo_db import api as oslo_db_api

_Function = typing.TypeVar('_Function', bound=Callable[..., typing.Any])


def on_conflict(*errors: type[Exception]) -> Callable[[_Function], _Function]:
    """Return a decorator that repeats a function after a conflict.

    The function must begin and end its transactions itself. It is repeated
    after a deadlock, and after any of the given errors, up to 10 times. The
    time between two attempts is random and its limit doubles from 0.2 to 2
    seconds, so that all attempts together wait for 15 seconds at most: two
    long transactions get into each other's way more often than short ones,
    and with fixed intervals they would do so again.

    :param errors: further exceptions after which another attempt may succeed,
        such as :class:`oslo_db.exception.DBDuplicateEntry` where the function
        then finds the row that the other transaction has inserted
    """
    return typing.cast(
        Callable[[_Function], _Function],
        oslo_db_api.wrap_db_retry(
            retry_interval=0.1,
            max_retries=10,
            max_retry_interval=2,
            jitter=True,
            retry_on_deadlock=True,
            exception_checker=lambda error: isinstance(error, errors),
        ),
    )
