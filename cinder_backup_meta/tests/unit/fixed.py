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

"""A backup driver that a test has made itself."""

from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import loading
from cinder_backup_meta.tests import samples


class Fixed(drivers.Instances):
    """Instances of a driver that has been built already."""

    def __init__(self, driver, service=samples.POSIX):
        super().__init__(service)
        self.driver_class = type(driver)
        self._driver = driver

    def get(self, context):
        return self._driver


def of_class(driver_class, service):
    """Return the instances of a class that cannot be imported by its name."""
    found = drivers.Instances(service)
    found.driver_class = driver_class
    return found


def repository(driver, class_path, context=None):
    """Return the repository of a driver that has been built already."""
    return loading.load(Fixed(driver, class_path), context)
