"""Numbers that countries give to people, each with its check digits: Britain (NHS), France (NIR),
Spain (DNI, NIE), Italy (codice fiscale), the Netherlands (BSN), Poland (PESEL), Germany (tax
number), Brazil (CPF), India (Aadhaar), Switzerland (AHV).

A number with one check digit and no form of its own is told from others by a word before it or by
the name of its column alone.
"""

from __future__ import annotations

from reliabel.ops import check_digits as checks
from reliabel.ops.recogniser import LEFT, RIGHT, Recogniser, one

BSN = "bsn burgerservicenummer sofinummer"
AADHAAR = "aadhaar aadhar uidai uid"

NATIONAL: tuple[Recogniser, ...] = (
    one(
        "British NHS number",
        r"\d{3}([ \-])\d{3}\1\d{4}",
        0.3,
        checks.nhs,
        0.5,
        words="nhs",
        digits=10,
    ),
    one("British NHS number", r"\d{10}", 0.3, checks.nhs, words="nhs", digits=10),
    one(
        "French social security number",
        r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3} ?\d{2}",
        0.5,
        checks.nir,
        1.0,
        words="insee nir sécurité sécu vitale",
        digits=14,
    ),
    one(
        "Spanish DNI or NIE",
        r"(?:\d{2}\.?\d{3}\.?\d{3}|[XYZxyz]-?\d{7})-?[A-Za-z]",
        0.4,
        checks.dni,
        0.8,
        words="dni nie nif",
        digits=7,
    ),
    one(
        "Italian codice fiscale",
        r"[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z]"
        r"|[A-Za-z]{3} [A-Za-z]{3} \d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2} [A-Za-z]\d{3}[A-Za-z]",
        0.5,
        checks.codice_fiscale,
        1.0,
        words="codice fiscale cf",
        digits=7,
    ),
    one("Dutch BSN", r"\d{4}[ .]\d{2}[ .]\d{3}", 0.3, checks.bsn, 0.5, words=BSN, digits=9),
    one("Dutch BSN", r"\d{3}([ .]?)\d{3}\1\d{3}", 0.3, checks.bsn, words=BSN, digits=9),
    one("Polish PESEL", r"\d{11}", 0.4, checks.pesel, 0.5, words="pesel", digits=11),
    one(
        "German tax number",
        r"\d{2}([ /])\d{3}\1\d{3}\1\d{3}|\d{11}",
        0.5,
        checks.steuer_id,
        0.7,
        words="steuer-id steuer steueridentifikationsnummer idnr steuer-idnr steuernummer",
        digits=11,
    ),
    one(
        "Brazilian CPF",
        r"\d{3}\.\d{3}\.\d{3}-\d{2}",
        0.5,
        checks.cpf,
        1.0,
        words="cpf",
        digits=11,
    ),
    one("Brazilian CPF", r"\d{9}-?\d{2}", 0.4, checks.cpf, 0.5, words="cpf", digits=11),
    one(
        "Indian Aadhaar",
        r"\d{4}([ \-])\d{4}\1\d{4}",
        0.4,
        checks.aadhaar,
        0.5,
        words=AADHAAR,
        digits=12,
        left=rf"{LEFT}(?<!\d{{4}}[ \-])",
        right=rf"{RIGHT}(?![ \-]\d)",
    ),
    one("Indian Aadhaar", r"\d{12}", 0.3, checks.aadhaar, words=AADHAAR, digits=12),
    one(
        "Swiss AHV number",
        r"756([. ]?)\d{4}\1\d{4}\1\d{2}",
        0.5,
        checks.ahv,
        1.0,
        words="ahv avs",
        digits=13,
    ),
)
