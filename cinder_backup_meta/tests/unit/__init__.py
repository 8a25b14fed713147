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

"""Unit tests, run against the real Cinder with the threads it needs."""

from cinder_backup_meta import host_service

# This must precede any import of Cinder, which could patch the process; and
# Cinder's managers need its objects to be registered when they are imported.
host_service.prepare_services()

from cinder import objects  # noqa: E402,I100,I202

objects.register_all()
