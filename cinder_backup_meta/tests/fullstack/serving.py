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

"""An application of WSGI, served until it is asked to end."""

import signal
import threading

from cinder_backup_meta.embedded import wsgi


def serve(port, application):
    """Serve at a port of this machine until SIGTERM.

    :param application: a function that makes it
    """
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: asked.set())
    server = wsgi.Server('127.0.0.1', port)
    server.serve(application())
    asked.wait()
    server.stop()
