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

"""The results that a check can have."""

from oslo_upgradecheck import upgradecheck

from cinder_backup_meta import quoting

Result = upgradecheck.Result


def success(details: str | None = None) -> Result:
    """Return that all is well."""
    return Result(upgradecheck.Code.SUCCESS, details)


def warning(details: str) -> Result:
    """Return a warning: what does not work as well as it could, and a cure."""
    return Result(upgradecheck.Code.WARNING, quoting.quote(details))


def failure(details: str) -> Result:
    """Return a failure: what does not work, and a cure."""
    return Result(upgradecheck.Code.FAILURE, quoting.quote(details))
