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

import oslo_messaging as messaging
import testtools

from cinder_backup_meta import rpcapi


class TestUnsupportedVersion(testtools.TestCase):
    """What a broker makes of the exceptions of a host."""

    def _raise(self, error):
        with rpcapi.unsupported_version_raised():
            raise error

    def test_method_that_the_host_does_not_know(self):
        for error in (
            messaging.UnsupportedVersion('1.0', method='export_record'),
            messaging.RemoteError(
                'UnsupportedVersion', 'Endpoint does not support', 'traceback'
            ),
        ):
            self.assertRaises(messaging.UnsupportedVersion, self._raise, error)

    def test_other_exceptions(self):
        for error in (
            messaging.RemoteError('KeyError', 'id', 'traceback'),
            messaging.MessagingTimeout('late'),
        ):
            self.assertIs(
                error,
                self.assertRaises(type(error), self._raise, error),
            )
