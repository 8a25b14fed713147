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

import os

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import source
from cinder_backup_meta.client.bundle import zstd
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.client import base


class TestBombs(base.TestCase):
    def compressed(self, *pieces):
        with open(self.path(), 'wb') as stream, zstd.writer(stream) as content:
            for piece in pieces:
                content.write(piece)
        return self.path()

    def test_line_without_end(self):
        path = self.compressed(b'{', *[b' ' * (1 << 20)] * 64)
        self.assert_refused(reasons.Reason.BUNDLE_TOO_LARGE, bundle.read, path)

    def test_plain_line_without_end(self):
        path = self.write_file(b'{' + b' ' * (1 << 22))
        self.assert_refused(reasons.Reason.BUNDLE_TOO_LARGE, bundle.read, path)

    def test_many_lines(self):
        header = format.Header.now(None, {})
        fat = base.entry(1)._replace(backup_url='A' * (1 << 20))
        path = self.compressed(
            format.write_header(header),
            *(
                format.write_entry(fat._replace(id=base.backup_id(n)))
                for n in range(1, 99)
            ),
        )
        self.assertGreater(98 << 20, source.MAX_RATIO * os.path.getsize(path))
        error = self.assert_refused(
            reasons.Reason.BUNDLE_TOO_LARGE, bundle.read, path
        )
        self.assertGreater(99, error.line)

    def test_wide_window(self):
        options = {zstd.zstd.CompressionParameter.window_log: 27}
        content = zstd.zstd.compress(os.urandom(1 << 24), options=options)
        # With a known size, there would be no window in the header.
        compressor = zstd.zstd.ZstdCompressor(options=options)
        content = compressor.compress(os.urandom(1 << 10))
        content += compressor.flush()
        path = self.write_file(content)
        self.assert_refused(
            reasons.Reason.BUNDLE_NOT_DECOMPRESSED, bundle.read, path
        )
