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

"""cinder-api's application, served by a process of its own.

``python -m ...serve_api PORT --config-file=FILE ...``
"""

import sys

from cinder.wsgi import wsgi

from cinder_backup_meta.tests.fullstack import serving

if __name__ == '__main__':
    serving.serve(int(sys.argv.pop(1)), wsgi.initialize_application)
