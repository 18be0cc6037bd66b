"""Places a phone of the sandbox can be at."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A city, in degrees, with the time zone a phone there would show."""

    name: str
    latitude: float
    longitude: float
    zone: str


# Cities of several time zones, with half hours and both hemispheres among them.
PLACES = (
    Place("Lisbon", 38.72, -9.14, "Europe/Lisbon"),
    Place("London", 51.51, -0.13, "Europe/London"),
    Place("Madrid", 40.42, -3.70, "Europe/Madrid"),
    Place("Berlin", 52.52, 13.40, "Europe/Berlin"),
    Place("Helsinki", 60.17, 24.94, "Europe/Helsinki"),
    Place("New York", 40.71, -74.01, "America/New_York"),
    Place("Chicago", 41.88, -87.63, "America/Chicago"),
    Place("Los Angeles", 34.05, -118.24, "America/Los_Angeles"),
    Place("Mexico City", 19.43, -99.13, "America/Mexico_City"),
    Place("São Paulo", -23.55, -46.63, "America/Sao_Paulo"),
    Place("Casablanca", 33.57, -7.59, "Africa/Casablanca"),
    Place("Nairobi", -1.29, 36.82, "Africa/Nairobi"),
    Place("Kolkata", 22.57, 88.36, "Asia/Kolkata"),
    Place("Tokyo", 35.68, 139.69, "Asia/Tokyo"),
    Place("Sydney", -33.87, 151.21, "Australia/Sydney"),
)
