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

"""A line of a file, and the errors about it."""

from collections.abc import Iterator
import contextlib
import dataclasses

from cinder_backup_meta.client import errors
from cinder_backup_meta import reasons


@dataclasses.dataclass(slots=True)
class Location:
    """A line of a file.

    :ivar file: the file, as the caller named it
    :ivar line: the number of the line read last; 0 before the first
    """

    file: str
    line: int = 0

    def refused(
        self, code: reasons.Reason, detail: str
    ) -> errors.BundleRefused:
        """Return an error about this line."""
        return errors.BundleRefused(code, detail, self.file, self.line or None)

    def refused_whole(
        self, code: reasons.Reason, detail: str
    ) -> errors.BundleRefused:
        """Return an error about the file as a whole."""
        return errors.BundleRefused(code, detail, self.file)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Raise BundleRefused in place of OSError."""
        try:
            yield
        except OSError as error:
            raise self.refused_whole(
                reasons.Reason.BUNDLE_UNREADABLE,
                f'it cannot be read: {error.strerror or error}',
            ) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Raise BundleRefused in place of OSError."""
        try:
            yield
        except OSError as error:
            raise self.refused_whole(
                reasons.Reason.BUNDLE_UNWRITABLE,
                f'it cannot be written: {error.strerror or error}',
            ) from error
