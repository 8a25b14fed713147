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

"""Beginning a transaction of many statements again."""

from collections.abc import Callable
import typing

from oslo_db import api as oslo_db_api


def patiently(
    is_to_be_retried: Callable[[Exception], bool],
) -> typing.Any:
    """Return a decorator for what begins and ends such a transaction.

    Two of them at once get into each other's way more often than small ones,
    and each takes longer: both wait, more and more, before they try again.

    :param is_to_be_retried: tells of errors besides deadlocks whether
        another attempt may succeed
    """
    return oslo_db_api.wrap_db_retry(
        retry_interval=0.1,
        max_retries=10,
        max_retry_interval=2,
        jitter=True,
        retry_on_deadlock=True,
        exception_checker=is_to_be_retried,
    )
