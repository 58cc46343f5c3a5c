#include "storage/vault/marks.hpp"

#include <doctest/doctest.h>

using namespace saiduan;

TEST_CASE("one telephone has one mark under one key") {
    const Key key = Key::random();
    CHECK(phone_mark(key, "+66812345678").size() == mark_size);
    CHECK(phone_mark(key, "+66812345678") == phone_mark(key, "+66812345678"));
    CHECK(phone_mark(key, "+66812345678") != phone_mark(key, "+66812345679"));
    CHECK(phone_mark(key, "+66812345678") != phone_mark(Key::random(), "+66812345678"));
    CHECK(phone_mark(key, "").empty());
}

TEST_CASE("spellings of one name share a mark") {
    const Key key = Key::random();
    const auto same = [&](const char* a, const char* b) {
        CHECK_MESSAGE(name_mark(key, a) == name_mark(key, b), a << " and " << b);
    };
    same("Somchai Jaidee", "  mr. SOMCHAI   jaidee ");
    same("Somchai Jaidee", "Mr.Somchai Jai-dee");
    same("สมชาย ใจดี", "นายสมชาย ใจดี");
    same("สมหญิง ใจดี", "น.ส. สมหญิง ใจดี");
    same("สมหญิง ใจดี", "นางสาวสมหญิงใจดี");
    same("อำนาจ", "อํานาจ"); // SARA AM, and NIKHAHIT with SARA AA
    same("José", "Jose\u0301");
    same("Straße 4", "STRASSE ๔");
    same("อ\u200Bำนาจ", "อำนาจ");
    same("အောင်အောင်", "ဦးအောင်အောင်");
    same("U Thant", "Thant");
}

TEST_CASE("different names have different marks, and a title alone is a name") {
    const Key key = Key::random();
    CHECK(name_mark(key, "Somchai").size() == mark_size);
    CHECK(name_mark(key, "Somchai") != name_mark(key, "Somsak"));
    CHECK(name_mark(key, "Somchai") != name_mark(Key::random(), "Somchai"));
    CHECK(comparable_name("U") == "u");
    CHECK(comparable_name("Mr. U") == "u");
    CHECK(comparable_name("นาง") == "นาง");
    CHECK(name_mark(key, "+66812345678") != phone_mark(key, "66812345678"));
}

TEST_CASE("a name of blanks, punctuation or nothing has no mark") {
    const Key key = Key::random();
    for (const char* nothing : {"", "   ", "-?!.", "\u200B\u00AD"})
        CHECK(name_mark(key, nothing).empty());
    CHECK_FALSE(name_mark(key, "\xff\xfe a").empty()); // ill-formed bytes are punctuation
}
