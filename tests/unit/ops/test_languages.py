"""Which language most texts seem to be in, on texts that the words were not chosen on."""

import pytest

from reliabel.ops.languages import ENGLISH, WORDS, language_of, languages_of

TEXTS = {
    "English": [
        "The new minister promised lower taxes for families.",
        "Rain is expected in the north later today",
        "How do I reset my password?",
        "Not worth the money at all",
    ],
    "German": [
        "Der neue Minister versprach niedrigere Steuern.",
        "Im Norden wird später Regen erwartet",
        "Wie setze ich mein Passwort zurück?",
        "Bitte mein Abo kündigen",
    ],
    "Spanish": [
        "El nuevo ministro prometió impuestos más bajos.",
        "Se espera lluvia en el norte",
        "Cómo restablezco mi contraseña",
        "Por favor cancelen mi suscripción",
    ],
    "French": [
        "Le nouveau ministre a promis des impôts plus bas.",
        "De la pluie est attendue dans le nord",
        "Comment réinitialiser mon mot de passe",
        "Merci d'annuler mon abonnement",
    ],
    "Turkish": [
        "Yeni bakan daha düşük vergi sözü verdi.",
        "Kuzeyde yağmur bekleniyor",
        "Şifremi nasıl sıfırlarım?",
        "Lütfen aboneliğimi iptal edin",
    ],
    "Italian": [
        "Il nuovo ministro ha promesso tasse più basse.",
        "È prevista pioggia al nord",
        "Come posso reimpostare la password",
        "Vorrei disdire il mio abbonamento",
    ],
    "Dutch": [
        "De nieuwe minister beloofde lagere belastingen.",
        "In het noorden wordt regen verwacht",
        "Hoe stel ik mijn wachtwoord opnieuw in?",
        "Graag mijn abonnement opzeggen",
    ],
    "Polish": [
        "Nie mogę znaleźć potwierdzenia płatności.",
        "Sklep otwiera się o dziewiątej rano",
        "Naukowcy odkryli, że sen pomaga pamięci.",
        "buty za małe, odesłałem",
    ],
    "Portuguese": [
        "O novo ministro prometeu impostos mais baixos.",
        "Foi um filme longo e saímos antes do fim.",
        "Como redefino a minha senha",
        "entrega rápida, tudo perfeito",
    ],
    "Danish or Norwegian": [
        "Mit kort er ikke kommet endnu, hvad skal jeg gøre?",
        "Hvordan nulstiller jeg min adgangskode?",
    ],
    "Czech": ["Moje karta ještě nedorazila, co mám dělat?", "Jak obnovím heslo?"],
    "Russian": ["Новый министр обещал снизить налоги.", "iPhone отличный, доставка быстрая"],
    "Arabic": ["وعد الوزير الجديد بخفض الضرائب.", "كيف أعيد تعيين كلمة المرور؟"],
    "Japanese": ["新しい大臣は減税を約束した。", "USB-Cケーブル 2m とても便利"],
    "Chinese": ["新部长承诺减税。", "Nike 鞋子 44 码 质量好"],
    "Korean": ["새 장관은 감세를 약속했다.", "비밀번호를 어떻게 재설정하나요?"],
    "Thai": ["รัฐมนตรีคนใหม่สัญญาว่าจะลดภาษี", "ฉันจะรีเซ็ตรหัสผ่านได้อย่างไร"],
    "a language in Devanagari letters": ["पासवर्ड कैसे बदलें?", "उत्तर में बारिश की संभावना है"],
    "a language in Greek letters": ["Πώς αλλάζω τον κωδικό μου;"],
}
AS_ENGLISH = {
    "typos": ["hw can i cancl my subscripton", "the fod was awfull", "thnks 4 the quik delivry"],
    "product codes": ["LG OLED55C1 TV", "screw 4x30 zinc", "NGK BPR6ES plug", "LEGO 10294 Titanic"],
    "posts": ["just landed in NYC ✈️🗽", "this team 😤😤 #COYG", "@bob haha yesss", "no words 😭"],
    "code": ["let y = x.map(v => v * 2);", "pip install pandas", "echo $PATH", "if (a) { b(); }"],
    "nothing": ["", None, float("nan"), "\ud83d", "1234", "???"],
    "no text": [],
}


@pytest.mark.parametrize("language", TEXTS)
def test_most_texts_are_in_a_language(language):
    found = languages_of(TEXTS[language])
    assert found.most == language
    assert not found.mixed


@pytest.mark.parametrize("texts", AS_ENGLISH)
def test_what_says_nothing_is_read_as_english(texts):
    assert languages_of(AS_ENGLISH[texts]).most == ENGLISH


def test_the_majority_decides_and_the_rest_is_told():
    found = languages_of(TEXTS["English"] + TEXTS["German"][:2])
    assert (found.most, found.mixed) == (ENGLISH, True)
    assert found.sentence() == (
        "of 6 texts looked at, 4 seem to be in English and 2 seem to be in German"
    )
    found = languages_of(TEXTS["English"][:3] + TEXTS["German"] + TEXTS["French"][:2])
    assert (found.most, found.mixed) == ("German", True)


def test_a_few_words_of_another_language_decide_nothing():
    assert languages_of(["M8x40"] * 9 + ["Der neue Minister"] * 3).most == ENGLISH
    assert languages_of(["M8x40"] * 9 + ["Der neue Minister"] * 6).most == "German"
    assert language_of("Der Film was so good and the end is sad") == ENGLISH
    assert language_of("Moscow (Москва) is the capital of Russia") == ENGLISH


def test_five_hundred_texts_are_looked_at():
    found = languages_of(["Where is my card?"] * 10_000 + ["Wo ist meine Karte?"] * 10_000)
    assert (found.looked_at, found.counts) == (500, {"English": 250, "German": 250})
    assert found.most == ENGLISH


def test_no_word_stands_twice_in_a_language():
    for language, words in WORDS.items():
        assert len(words.split()) == len(set(words.split())), language
