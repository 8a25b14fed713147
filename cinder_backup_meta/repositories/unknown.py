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

"""Drivers without rules of their own that the operator allows."""

import typing

from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import naming


class UnknownRepository(base.Repository):
    """The repository of a driver in the option ``allowed_drivers``.

    Its records must follow the rules that hold for any driver. Whether a
    record names the data of another backup, or data that is there, cannot be
    checked.
    """

    def check_location(self, record: typing.Any) -> None:
        """Refuse text that is empty, too long or cannot be printed."""
        naming.check_text(record, 'container')
        naming.check_text(record, 'service_metadata')
