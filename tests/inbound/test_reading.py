"""Whatever comes in by mail is read: in its own letters, within caps, in a process apart."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inbound.letters import mail, part, with_parts
from tickets.inbound.apart import Reader, Unreadable
from tickets.inbound.decoding import decoded
from tickets.inbound.headers import Address, text_of
from tickets.inbound.reading import MAX_BYTES, TooLarge, read
from tickets.inbound.written import letter_from, written

CHINESE = "您好，请问系统打不开怎么办？谢谢。"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(seconds=10) as one:
        yield one


def test_a_plain_mail_says_who_wrote_what_and_when() -> None:
    letter = read(
        mail("How?\n", Message_ID="<a@b>", In_Reply_To="<x@y>", References="<w@y> <x@y>",
             Date="Sun, 22 Nov 2026 09:00:00 +0800", Cc="Dan <dan@acme.test>, eve@globex.test")
    )  # fmt: skip

    assert letter.author == Address("uma@acme.test", "Uma")
    assert letter.sent_at == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert (letter.message_id, letter.answers) == ("a@b", ["x@y", "w@y"])
    assert [one.email for one in letter.cc] == ["dan@acme.test", "eve@globex.test"]
    assert (letter.text, letter.is_a_persons) == ("How?", True)


@pytest.mark.parametrize(
    ("encoded", "declared"),
    [
        ("gb18030", "gb2312"), ("gbk", "GBK"), ("utf-8", "big5"), ("utf-8", "gb2312"),
        ("gb18030", "x-unknown"), ("gb18030", "utf-8"), ("gb18030", ""), ("utf-8", ""),
        ("gb18030", "us-ascii"), ("hz", "hz-gb-2312"),
    ],
)  # fmt: skip
def test_a_wrong_charset_hides_no_letter(encoded: str, declared: str) -> None:
    raw = CHINESE.encode(encoded)

    assert read(mail(raw, charset=declared or "us-ascii")).text == CHINESE
    assert decoded(raw, declared)[0] == CHINESE


def test_letters_of_others_are_guessed_where_nothing_is_said() -> None:
    for text, name in (
        ("Grüße aus München", "cp1252"), ("ご確認ください", "shift_jis"), ("張先生您好", "big5"),
    ):  # fmt: skip
        assert decoded(text.encode(name))[0] == text


@given(
    st.binary(max_size=200), st.sampled_from(["", "gb2312", "utf-8", "x", "utf-7", "hz", "zlib"])
)
def test_any_bytes_become_text_that_can_be_stored(raw: bytes, declared: str) -> None:
    text, _name = decoded(raw, declared)

    assert "\x00" not in text
    text.encode("utf-8")


def test_header_words_that_split_a_letter_are_joined() -> None:
    first, second = "请问".encode("gb2312")[:3], "请问".encode("gb2312")[3:]
    words = " ".join(
        f"=?gb2312?B?{binascii.b2a_base64(half, newline=False).decode()}?="
        for half in (first, second)
    )

    assert text_of(words) == "请问"
    assert text_of("=?utf-8?Q?caf=C3=A9?= bar") == "café bar"
    assert text_of("line\r\n one\x00\x07") == "line one"


def test_a_name_is_read_however_it_was_written() -> None:
    ways = (
        "Content-Disposition: attachment; filename*=gb18030''%B1%A8%BC%DB.xls",
        "Content-Disposition: attachment; filename*0*=utf-8''%E6%8A%A5; filename*1*=%E4%BB%B7.xls",
        'Content-Disposition: attachment; filename="=?utf-8?B?5oql5Lu3Lnhscw==?="',
        'Content-Disposition: attachment; filename="../../etc/报价.xls"',
    )
    for way in ways:
        (file,) = read(with_parts(part(b"hi"), part(b"x", "application/vnd.ms-excel", way))).files
        assert file.name == "报价.xls", way


def test_bytes_without_a_charset_in_a_name_are_read_too() -> None:
    way = b'Content-Disposition: attachment; filename="' + "报价单".encode("gb18030") + b'.xls"'
    raw = with_parts(b"Content-Type: text/plain\r\n" + way + b"\r\n\r\nx")

    assert read(raw).files[0].name == "报价单.xls"


def test_html_alone_is_made_plain_and_nothing_of_it_runs() -> None:
    html = "<p>Hi</p><script>alert(1)</script><style>p{}</style><p>there</p>"

    assert read(with_parts(part(html.encode(), "text/html"), kind="alternative")).text == (
        "Hi\n\nthere"
    )


def test_a_forwarded_mail_is_one_file_and_its_words_are_not_ours() -> None:
    inner = mail("I never wrote to you.\n", Subject="Inner/secret", From="olga@acme.test")
    letter = read(with_parts(part(b"See below."), b"Content-Type: message/rfc822\r\n\r\n" + inner))

    assert letter.text == "See below."
    assert [one.name for one in letter.files] == ["Inner secret.eml"]
    assert b"I never wrote" in letter.files[0].content
    assert letter.author == Address("uma@acme.test", "Uma")


def test_protection_is_said_and_its_file_kept() -> None:
    signed = with_parts(
        part(b"Signed."), part(b"\x30\x82", "application/pkcs7-signature"), kind="signed"
    )
    sealed = mail(b"AAAA", Content_Type="application/pkcs7-mime; name=smime.p7m")

    assert (read(signed).noted, read(signed).text) == (["signed"], "Signed.")
    assert [one.name for one in read(signed).files] == ["smime.p7s"]
    assert (read(sealed).noted, read(sealed).files[0].name) == (["encrypted"], "smime.p7m")


def test_files_that_stand_in_the_text_are_taken_out() -> None:
    body = "See this.\n\nbegin 644 a.txt\n" + binascii.b2a_uu(b"hello").decode() + "`\nend\n"
    letter = read(mail(body))

    assert (letter.text, letter.noted) == ("See this.", ["uuencode"])
    assert [(one.name, one.content) for one in letter.files] == [("a.txt", b"hello")]


def test_what_is_too_much_is_left_out_and_told() -> None:
    many = with_parts(*[part(b"x", "image/gif")] * 250)
    deep = b"".join(
        f'Content-Type: multipart/mixed; boundary="b{at}"\r\n\r\n--b{at}\r\n'.encode()
        for at in range(400)
    )
    long = mail(**{f"X_{at}": "y" * 900 for at in range(100)}, Subject="Last")

    assert read(many).noted == ["files"] or "parts" in read(many).noted
    assert "depth" in read(b"From: uma@acme.test\r\n" + deep).noted
    assert "headers" in read(long).noted
    with pytest.raises(TooLarge):
        read(b"x" * (MAX_BYTES + 1))


@given(st.binary(max_size=600))
def test_no_bytes_at_all_break_the_reading(raw: bytes) -> None:
    for held in (raw, b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=" + raw):
        letter = read(held)
        assert letter_from(written(letter)) == letter


def test_reading_apart_says_the_same(reader: Reader) -> None:
    raw = with_parts(part(CHINESE.encode()), part(b"\x00\xff", "image/png"), Date="never")

    assert reader.read(raw) == read(raw)


def test_a_reader_that_takes_too_long_is_ended_and_the_next_mail_read() -> None:
    with Reader(seconds=0.0) as late:
        with pytest.raises(Unreadable):
            late.read(mail())
        late._seconds = 10
        assert late.read(mail()).text == "Hello."


def test_a_reader_that_dies_takes_nothing_with_it(reader: Reader) -> None:
    reader.read(mail())
    process = reader._process
    assert process is not None
    process.kill()
    process.wait()

    with pytest.raises(Unreadable):
        reader.read(mail())
    assert reader.read(mail()).text == "Hello."
