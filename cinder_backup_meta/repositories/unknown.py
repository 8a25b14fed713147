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

"""The drivers that nobody knows and the operator allows."""

from collections.abc import Iterable
import typing

from cinder_backup_meta import exception
from cinder_backup_meta.repositories import base


class UnknownRepository(base.Repository):
    """A driver of which nothing is known but that it may be used.

    Its records are held to what is true of any driver. Whether one names
    another backup's data, or data that is there, can't be told.
    """

    can_look = False

    def check_location(self, record: typing.Any) -> None:
        """Refuse what is empty, too long or can't be printed."""
        base.check_text(record, 'container')
        base.check_text(record, 'service_metadata')

    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """Raise NotImplementedError: no answer would be true."""
        raise NotImplementedError('can_look is false')
