#include "triage/assessment_text.hpp"
#include "triage/phones.hpp"
#include "triage/triage.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace saiduan;

namespace {

const Rules& rules() {
    static const auto loaded = Rules::load(SAIDUAN_SOURCE_DIR "/config/triage");
    REQUIRE(loaded.has_value());
    return **loaded;
}

Assessment assess(const char* text) {
    Complaint c;
    c.text = text;
    return rules().assess(c);
}

bool has(const std::vector<std::string>& list, const char* value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

} // namespace

TEST_CASE("confinement and violence now are police and critical") {
    for (const char* text :
         {"They have locked us in the house right now and beat us.", "ตอนนี้ถูกขังอยู่ในห้อง โดนทุบตี ช่วยด้วย"
         }) {
        const Assessment a = assess(text);
        CHECK(a.queue == "police");
        CHECK(a.priority == Priority::critical);
        CHECK_FALSE(a.review);
    }
}

TEST_CASE("past confinement, safe now and wanting wages is labour, normal, police notified") {
    const Assessment a =
        assess("Last year I was locked in a factory. I am safe now and want my wages.");
    CHECK(a.queue == "labour");
    CHECK(a.priority == Priority::normal);
    CHECK(has(a.notified, "police"));
}

TEST_CASE("the same holds in Thai, which has no stops, and where now belongs to safe") {
    const Assessment a = assess("ปีที่แล้วนายจ้างขังเราไว้ในหอพัก ตอนนี้ปลอดภัยแล้ว อยากได้ค่าจ้างที่ค้างจ่าย");
    CHECK(a.queue == "labour");
    CHECK(a.priority == Priority::normal);
    CHECK(has(a.notified, "police"));
}

TEST_CASE("who excludes the police gets labour before TICAC, and a person looks") {
    Complaint c;
    c.text = "We are locked in the factory right now";
    c.exclude = {"police"};
    const Assessment a = rules().assess(c);
    CHECK(a.queue == "labour");
    CHECK(a.review);
    CHECK(a.priority == Priority::critical);
}

TEST_CASE("a negated fact is no fact") {
    const Assessment a =
        assess("They do not hit us but the boss has not paid us for three months.");
    CHECK(a.queue == "labour");
    CHECK(
        std::find(a.categories.begin(), a.categories.end(), Category::violence) ==
        a.categories.end()
    );
    CHECK(assess("ไม่ได้ทุบตี แต่ไม่จ่ายค่าแรง").queue == "labour");
}

TEST_CASE("a negation ends where another clause begins") {
    for (const char* text :
         {"If we do not finish he beats us.",
          "ทำไม่ทันก็ตีเราทุกวัน",
          "ເຮັດບໍ່ໄດ້ກໍຕີພວກເຮົາທຸກມື້",
          "Làm không kịp thì chủ đánh đập chúng tôi."})
        CHECK(assess(text).queue == "police");
}

TEST_CASE("who is not safe now is not safe") {
    const Assessment a = assess("I am not safe now, they are beating us");
    CHECK(a.queue == "police");
    CHECK(a.priority == Priority::critical);
}

TEST_CASE("never is not once: it puts nothing into the past") {
    CHECK(assess("นายจ้างไม่เคยตี แต่ยึดพาสปอร์ต และขู่ว่าจะแจ้งตำรวจจับถ้าลาออก").priority == Priority::high);
}

TEST_CASE("years of work and sums of money are no age") {
    for (const char* text :
         {"ทำงานโรงงานมา 5 ปี นายจ้างไม่จ่ายค่าแรง",
          "นายจ้างไม่จ่ายค่าแรง รวม 2 เดือน",
          "ធ្វើការ ៣ ឆ្នាំហើយ ថៅកែមិនបើកប្រាក់ខែ",
          "အလုပ်လုပ်တာ ၃ နှစ်ရှိပြီ လုပ်ခ မပေးဘူး",
          "ເຮັດວຽກ 3 ປີແລ້ວ ນາຍຈ້າງບໍ່ຈ່າຍຄ່າແຮງ",
          "The boss has not paid us, my salary is 9 months late.",
          "They do not pay us. What he owes is 12,000 baht."})
        CHECK_FALSE(assess(text).child);
}

TEST_CASE("a telephone's curly quotes hide nothing") {
    const Assessment a = assess("The girls don’t get paid and we can’t leave, she’s 15");
    CHECK(a.queue == "police");
    CHECK(a.child);
}

TEST_CASE("who has debts and wants to die is told to the police too") {
    const Assessment a = assess("I owe the broker so much, every month more. I want to die");
    CHECK(a.queue == "labour");
    CHECK(a.priority == Priority::critical);
    CHECK(has(a.notified, "police"));
}

TEST_CASE("an age may be glued to its unit, a sum of money is none") {
    CHECK(assess("he sold her, 15yo").child);
    CHECK(assess("she is 15yo").child);
    CHECK_FALSE(assess("she is 15k in debt").child);
    CHECK_FALSE(assess("she is 23yo").child);
    CHECK_FALSE(assess("the shift she is on is 10-12 hours").child);
}

TEST_CASE("an age in Chinese numerals is read, and a sister of twenty is no child") {
    CHECK(assess("邻居的妹妹才十三岁，每天搬货").child);
    CHECK(assess("我十七八岁的时候，老板不发工资").child);
    CHECK_FALSE(assess("我妹妹二十三岁，老板不发工资").child);
    CHECK(assess("老板不给我妹妹发工资").child); // an unknown age is never assumed adult
}

TEST_CASE("who cannot leave before the debt is paid is bonded: high") {
    const Assessment a = assess("I owe the agency 80,000 baht and may not quit until it is paid.");
    CHECK(a.queue == "labour");
    CHECK(a.priority == Priority::high);
}

TEST_CASE("who went missing last month is missing still") {
    CHECK(assess("My sister, 19, went missing last month.").priority == Priority::high);
}

TEST_CASE("traditional characters are read as simplified ones") {
    for (const char* text : {"老板把我们锁在屋里，不发工资", "老闆把我們鎖在屋裡，不發工資"}) {
        const Assessment a = assess(text);
        CHECK(a.queue == "police");
        CHECK(has(a.notified, "labour"));
    }
}

TEST_CASE("both spellings of a Thai or Lao vowel are one") {
    CHECK(assess("ໂດນທໍາຮ້າຍ").queue == "police");
    CHECK(assess("ໂດນທຳຮ້າຍ").queue == "police");
    CHECK(assess("ถูกทําร้าย").queue == "police");
}

TEST_CASE("labour exploitation with violence is police with labour notified") {
    const Assessment a = assess("The boss does not pay us and beats me when I ask.");
    CHECK(a.queue == "police");
    CHECK(has(a.notified, "labour"));
}

TEST_CASE("a scam compound is police and labour is not notified") {
    const Assessment a = assess("I am in a scam compound, they beat us and do not pay.");
    CHECK(a.queue == "police");
    CHECK(a.notified.empty());
}

TEST_CASE("threat of deportation alone stays labour, high") {
    const Assessment a = assess("He does not pay us and says he will call the police on us.");
    CHECK(a.queue == "labour");
    CHECK(a.priority == Priority::high);
}

TEST_CASE("a minor blackmailed with images is TICAC, by age, word or school grade") {
    for (const char* text :
         {"A man in a game threatens to post my nude photos, I am 14.",
          "มีคนในเกมขู่จะปล่อยรูปโป๊ของหนู หนูอายุ 14",
          "หนูอยู่ ม.2 มีคนในไลน์ขอรูปเปลือย"}) {
        const Assessment a = assess(text);
        CHECK(a.queue == "ticac");
        CHECK(a.child);
        CHECK(a.priority == Priority::high);
    }
}

TEST_CASE("blackmail of an adult with images is police") {
    const Assessment a = assess("My ex threatens to post my nude photos. I am 32 years old.");
    CHECK(a.queue == "police");
    CHECK_FALSE(a.child);
}

TEST_CASE("what nobody recognises goes to a person, never to the bin") {
    for (const char* text : {"I lost my dog near the park", "asdf", "สวัสดี", "1234"}) {
        const Assessment a = assess(text);
        CHECK(a.review);
        CHECK(a.queue == "labour");
        CHECK(a.priority == Priority::normal);
    }
}

TEST_CASE("what happens now and nobody understands is critical until a person has looked") {
    for (const char* text : {"zzz kjh qwe", "ช่วย"}) {
        Complaint c;
        c.text = text;
        c.happening_now = true;
        const Assessment a = rules().assess(c);
        CHECK(a.review);
        CHECK(a.priority == Priority::critical);
        CHECK((a.queue == "police" || has(a.notified, "police"))); // the desk that never closes
    }
    Complaint dog;
    dog.text = "I lost my dog near the park";
    dog.happening_now = true;
    CHECK(rules().assess(dog).priority == Priority::normal);
    Complaint wages;
    wages.text = "The boss does not pay us";
    wages.happening_now = true;
    CHECK(rules().assess(wages).priority == Priority::normal);
}

TEST_CASE("a cry for help is critical when it is now") {
    CHECK(assess("please rescue me").priority == Priority::normal);
    CHECK(assess("please rescue me right now").priority == Priority::critical);
    CHECK(assess("please help us, the boss has not paid us today").priority == Priority::high);
}

TEST_CASE("suicidal words are critical even without a story") {
    const Assessment a = assess("I want to die");
    CHECK(a.queue == "police");
    CHECK(a.priority == Priority::critical);
    CHECK(a.review);
}

TEST_CASE("the form counts beside the text: a box, an age, a category") {
    Complaint c;
    c.text = "The boss keeps us locked in the house.";
    CHECK(rules().assess(c).priority == Priority::high);
    c.happening_now = true;
    CHECK(rules().assess(c).priority == Priority::critical);

    Complaint form;
    form.categories = {Category::wage_withholding};
    CHECK(rules().assess(form).queue == "labour");
    form.victims.push_back({});
    form.victims.back().age = 15;
    CHECK(rules().assess(form).child);
    form.victims.back().age = 19;
    CHECK_FALSE(rules().assess(form).child);
}

TEST_CASE("an excluded agency gets nothing, and the reason says so") {
    Complaint c;
    c.text = "The boss does not pay us and beats me.";
    c.exclude = {"police"};
    const Assessment a = rules().assess(c);
    CHECK(a.queue == "labour");
    CHECK_FALSE(has(a.notified, "police"));
    CHECK(std::any_of(a.reasons.begin(), a.reasons.end(), [](const Reason& r) {
        return r.rule == "exclude";
    }));
}

TEST_CASE("every effect names its rule and the words that caused it") {
    for (const Reason& r : assess("They keep my passport and beat us").reasons) {
        CHECK_FALSE(r.rule.empty());
        CHECK_FALSE(r.effect.empty());
        CHECK_FALSE(r.phrase.empty());
    }
}

TEST_CASE("a number dialled inside Thailand is the one that +66 says") {
    std::mt19937 random{66};
    constexpr int numbers = 5000;
    int valid = 0;
    for (int i = 0; i < numbers; ++i) {
        std::string digits(1, static_cast<char>('1' + random() % 9));
        const auto more = 6 + random() % 5;
        for (std::size_t k = 0; k < more; ++k)
            digits += static_cast<char>('0' + random() % 10);
        const std::string dialled =
            "0" + digits.substr(0, 2) + (i % 2 == 0 ? " " : "-") + digits.substr(2);
        const PhoneNumber inside = read_phone(dialled, {});
        const PhoneNumber abroad = read_phone("+66" + digits, {});
        INFO(dialled);
        CHECK(inside.e164.starts_with("+66") == abroad.valid);
        if (abroad.valid)
            CHECK(inside.e164 == abroad.e164);
        valid += abroad.valid ? 1 : 0;
    }
    CHECK(valid > numbers / 50);
    CHECK(valid < numbers);
}

TEST_CASE("telephone numbers become E.164, hotlines stay short, wrong ones are reported") {
    const Assessment a = assess("Call me on 081 234 5678 or 1300, the boss has 099999");
    REQUIRE(a.phones.size() == 2);
    CHECK(a.phones[0].e164 == "+66812345678");
    CHECK(a.phones[1].short_code);
    CHECK(assess("โทร ๐๘๑-๒๓๔-๕๖๗๘").phones.at(0).e164 == "+66812345678");
    Complaint c;
    c.text = "no pay";
    c.reporter = Person{};
    c.reporter->phone = "12ab";
    const Assessment bad = rules().assess(c);
    REQUIRE(bad.phones.size() == 1);
    CHECK_FALSE(bad.phones[0].valid);
}

TEST_CASE("the language is told by script, and by its words in Latin letters") {
    CHECK(assess("นายจ้างไม่จ่ายค่าแรง").language == "th");
    CHECK(assess("ပိုက်ဆံ သုံးလ မပေးဘူး").language == "my");
    CHECK(assess("ថៅកែមិនបើកប្រាក់ខែ").language == "km");
    CHECK(assess("ນາຍຈ້າງບໍ່ຈ່າຍເງິນເດືອນ").language == "lo");
    CHECK(assess("我们被关在园区里").language == "zh");
    CHECK(assess("Chủ không trả lương cho chúng tôi hai tháng nay").language == "vi");
    CHECK(assess("The boss has not paid us for three months").language == "en");
    CHECK(assess("?").language == "und");
}

TEST_CASE("spaces and zero-width characters between Thai letters hide nothing") {
    CHECK(assess("นายจ้าง ไม่ จ่าย ค่า แรง").queue == "labour");
    CHECK_FALSE(assess("ไม่\u200Bจ่าย\u200Bค่าแรง").review);
}

TEST_CASE("any bytes at all are assessed without failing") {
    std::mt19937 random{7};
    for (int round = 0; round < 300; ++round) {
        Complaint c;
        for (int i = 0; i < 200; ++i)
            c.text += static_cast<char>(random());
        const Assessment a = rules().assess(c);
        CHECK_FALSE(a.queue.empty());
    }
}
