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

"""Field types that oslo.versionedobjects does not provide."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.record import values


class JsonObject(fields.FieldType):
    """A JSON object of unknown structure and limited depth."""

    def coerce(
        self, obj: typing.Any, attr: str, value: typing.Any
    ) -> dict[str, typing.Any]:
        try:
            return values.json_object(value)
        except ValueError as error:
            raise ValueError(f'{attr} {error}') from None


class FlatItems(fields.FieldType):
    """A list of flat mappings whose values are strings or null.

    oslo.versionedobjects' own type copies each mapping key by key. With a
    thousand of them this would be most of the cost of a message.
    """

    def coerce(
        self, obj: typing.Any, attr: str, value: typing.Any
    ) -> list[dict[str, str | None]]:
        if not isinstance(value, list):
            raise ValueError(f'{attr} must be a list')
        for item in value:
            for text in item.values():
                if text is not None and type(text) is not str:
                    raise ValueError(f'{attr} must hold strings only')
        return value


class FlatItemsField(fields.AutoTypedField):
    """A field of the type :class:`FlatItems`."""

    AUTO_TYPE = FlatItems()


class JsonObjectField(fields.AutoTypedField):
    """A field of the type :class:`JsonObject`."""

    AUTO_TYPE = JsonObject()
