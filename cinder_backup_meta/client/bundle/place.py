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

"""Where in a bundle one is, for what an error tells."""

from collections.abc import Iterator
import contextlib
import dataclasses

from cinder_backup_meta.client import errors
from cinder_backup_meta import reasons


@dataclasses.dataclass(slots=True)
class Place:
    """A line of a file.

    :ivar file: the file, as the caller named it
    :ivar line: the number of the line read last; 0 before the first
    """

    file: str
    line: int = 0

    def refused(
        self, code: reasons.Reason, detail: str
    ) -> errors.BundleRefused:
        """Return the error that this line is at fault."""
        return errors.BundleRefused(code, detail, self.file, self.line or None)

    def refused_whole(
        self, code: reasons.Reason, detail: str
    ) -> errors.BundleRefused:
        """Return the error that the file as a whole is at fault."""
        return errors.BundleRefused(code, detail, self.file)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Tell the operating system's errors as the bundle's."""
        try:
            yield
        except OSError as error:
            raise self.refused_whole(
                reasons.Reason.BUNDLE_UNREADABLE,
                f'it can not be read: {error.strerror or error}',
            ) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Tell the operating system's errors as the bundle's."""
        try:
            yield
        except OSError as error:
            raise self.refused_whole(
                reasons.Reason.BUNDLE_UNWRITABLE,
                f'it can not be written: {error.strerror or error}',
            ) from error
