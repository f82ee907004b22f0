"""The encoding of a text is found from its bytes."""

import pytest

from gradus.files import decode

GERMAN = "Die Größe der Äpfel: Müller fährt über Köln; für Süße zahlt er 3 €."
CHINESE = "深度学习的理论：误差从后向前传播。用Python写。"
TRADITIONAL = "深度學習是機器學習的分支，是一種以人工神經網絡為架構，對資料進行表徵學習的演算法。"
KOREAN = "심층 학습 또는 딥 러닝은 여러 비선형 변환기법의 조합을 통해 높은 수준의 추상화를 시도한다"
JAPANESE = "深層学習は、多層のニューラルネットワークによる機械学習手法である。"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("plain", "ascii", "UTF-8"),
        ("", "ascii", "UTF-8"),
        (GERMAN, "utf-8", "UTF-8"),
        (GERMAN, "utf-8-sig", "UTF-8"),
        (GERMAN, "utf-16", "UTF-16"),
        (CHINESE, "utf-16-be", "UTF-16"),
        (GERMAN, "cp1252", "Windows-1252"),
        ("Müller", "cp1252", "Windows-1252"),
        ("määr", "cp1252", "Windows-1252"),
        ("price,city\n3 €,São Paulo\n4 £,Malmö\n", "cp1252", "Windows-1252"),
        ("“Déjà vu” — naïve café", "cp1252", "Windows-1252"),
        (CHINESE, "gb18030", "GB18030"),
        ("性别,城市\n男,北京\n女,上海\n", "gb18030", "GB18030"),
        ("id,sex\n1,男\n2,女\n", "gb18030", "GB18030"),
        (TRADITIONAL, "gb18030", "GB18030"),
        ("姓名,性別\n陳偉,男\n黃麗,女\n", "gb18030", "GB18030"),
        ("city\n臺北\n高雄\n", "gb18030", "GB18030"),
        ("El niño comió piñas; ¿qué pasó? «¡Añejo!»", "cp1252", "Windows-1252"),
        ("20 °C, 3 µm, m², © 2024, „Ä“, ‘ä’, l’été, a×b", "cp1252", "Windows-1252"),
        ("𠀀是一个罕见的字", "gb18030", "GB18030"),
    ],
)
def test_encoding_is_found(text, codec, name):
    content = text.encode(codec)
    if codec == "utf-16-be":
        content = b"\xfe\xff" + content
    assert decode(content) == (text, name)


@pytest.mark.parametrize(
    "content", [b"a\0b", b"\xff\xfea\0\0\0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text".encode("utf-16-le")]
)
def test_nul_is_not_text(content):
    with pytest.raises(ValueError, match=r"^holds NUL bytes, so it is not text; save it as UTF-8$"):
        decode(content)


@pytest.mark.parametrize(
    "content",
    [
        "Все счастливые семьи похожи".encode("koi8-r"),
        "Все счастливые семьи похожи".encode("cp1251"),
        TRADITIONAL.encode("big5"),
        "id,review\n1,這部電影很好看\n2,演員表現太差了\n".encode("big5"),
        KOREAN.encode("euc-kr"),
        JAPANESE.encode("shift_jis"),
        JAPANESE.encode("euc-jp"),
        "Größe; Hyvää päivää".encode("cp850"),
        ("имя,город\n" + "1,yes\n" * 100).encode("koi8-r"),
        b"\xef\xbb\xbfcaf\xe9",  # not what the mark says
        b"\xff\xfea",  # half a character
        b"na\xefve \x81",
        b"caf\xe9 \x01\x02",
    ],
)
def test_unknown_encoding_is_refused(content):
    with pytest.raises(ValueError, match="an encoding other than UTF-8, UTF-16, GB18030 and Windows-1252; save it"):
        decode(content)
