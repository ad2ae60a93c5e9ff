"""Personal data and look-alikes as the package Faker writes them for eleven countries: forms that
nobody here chose.

Left out are what Faker (40) makes that cannot exist: IPv6 addresses outside what is assigned, and
Aadhaar numbers without their check digit.  A phone number stands behind the word "phone".
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np

from reliabel.bench.planted_personal import Planted

EACH = 24  # texts of each kind and country
ANYWHERE = (  # what Faker calls it, our kind
    ("email", "email address"),
    ("credit_card_number", "credit card"),
    ("iban", "IBAN"),
    ("ipv4_public", "IP address"),
    ("mac_address", "MAC address"),
)
COUNTRIES: Mapping[str, Mapping[str, tuple[str, str]]] = {  # of each: kind -> call, sentence
    "en_US": {"US social security number": ("ssn", "{}")},
    "en_GB": {},
    "fr_FR": {"French social security number": ("ssn", "{}")},
    "es_ES": {"Spanish DNI or NIE": ("nif", "{}")},
    "it_IT": {"Italian codice fiscale": ("ssn", "{}")},
    "nl_NL": {"Dutch BSN": ("ssn", "BSN {}")},
    "pl_PL": {"Polish PESEL": ("pesel", "PESEL {}")},
    "pt_BR": {"Brazilian CPF": ("cpf", "{}")},
    "en_IN": {},
    "de_CH": {"Swiss AHV number": ("ssn", "{}")},
    "de_DE": {},
}
PHONE = ("phone number", "phone_number", "phone: {}")
ALIKE = (
    *("isbn13", "isbn10", "ean13", "ean8", "uuid4", "md5", "sha1", "hex_color"),
    *("user_agent", "postcode", "url", "file_path", "latitude", "currency"),
    *("bs", "license_plate", "street_address", "company", "image_url", "rgb_color", "pyfloat"),
)


def foreign(seed: int = 0) -> Planted:
    """Texts of each kind, and as many look-alikes.

    Raises FileNotFoundError where Faker is not installed.
    """
    if find_spec("faker") is None:
        raise FileNotFoundError("needs the package faker: pip install 'reliabel[bench]'")
    from faker import Faker

    made: list[tuple[str, str]] = []
    for place, (country, own) in enumerate(COUNTRIES.items()):
        fake = Faker(country)
        fake.seed_instance(seed + place)
        kind, call, frame = PHONE
        calls = [(kind, call, frame), *((name, *how) for name, how in own.items())]
        calls += [(name, how, "{}") for how, name in ANYWHERE if not place]
        for name, how, sentence in calls:
            made += [(sentence.format(getattr(fake, how)()), name) for _ in range(EACH)]
    fake = Faker("en_US")
    fake.seed_instance(seed)
    chosen = np.random.default_rng(seed).integers(len(ALIKE), size=len(made))
    made += [(str(getattr(fake, ALIKE[which])()), "") for which in chosen.tolist()]
    return Planted(tuple(text for text, _ in made), tuple(kind for _, kind in made))
