#include "gateway/demo.hpp"

#include "gateway/intake.hpp"

namespace saiduan {
namespace {

struct Story {
    const char* language;
    const char* text;
    double latitude, longitude;
};

// Written for this program; nobody's real story.
constexpr Story stories[] = {
    {"th", "นายจ้างไม่จ่ายค่าแรงสามเดือนแล้ว ทำงานที่โรงงานวันละ 14 ชั่วโมง", 13.5475, 100.2744},
    {"my", "ပိုက်ဆံ သုံးလ မပေးဘူး။ ပတ်စပို့ သိမ်းထားတယ်။", 16.7130, 98.5740},
    {"km", "ថៅកែមិនបើកប្រាក់ខែឱ្យខ្ញុំពីរខែហើយ ហើយដកលិខិតឆ្លងដែនទុក", 13.6904, 102.5016},
    {"lo", "ນາຍຈ້າງບໍ່ຈ່າຍເງິນເດືອນ ແລະ ຢຶດໜັງສືຜ່ານແດນໄວ້", 17.8783, 102.7413},
    {"vi", "Chủ giữ hộ chiếu và không trả lương hai tháng nay.", 13.7563, 100.5018},
    {"zh", "我们被关在园区里做诈骗,不听话就打人,护照被收走了。", 20.4427, 99.8803},
    {"en", "They have locked us in the house right now and beat us. Please come.", 12.9236, 100.8825
    },
    {"th", "มีคนในเกมขู่จะปล่อยรูปโป๊ของหนู หนูอายุ 14 ต้องทำยังไง", 18.7883, 98.9853},
    {"en",
     "My sister, 15, was taken across the border last night and her phone is off.",
     15.2448,
     104.8473},
    {"vi", "Em gái em 13 tuổi bị một người trên mạng dụ gửi ảnh khoả thân.", 7.0086, 100.4747},
};

constexpr UnixMs spread_ms = 7 * 86'400'000LL;

} // namespace

Result<int> file_demo_complaints(Everything& all, int count) {
    const UnixMs now = SystemClock{}.now();
    for (int i = 0; i < count; ++i) {
        const Story& story = stories[static_cast<std::size_t>(i) % std::size(stories)];
        const double shift = 0.001 * (i / static_cast<int>(std::size(stories)) % 50);
        const Json document{
            {"text", story.text},
            {"language", story.language},
            {"location",
             {{"latitude", story.latitude + shift},
              {"longitude", story.longitude},
              {"accuracy_m", 50}}}
        };
        const Result<Complaint> complaint = Complaint::parse(document);
        if (!complaint)
            return complaint.error();
        const UnixMs received = now - spread_ms + spread_ms * (i + 1) / (count + 1);
        Decision decision = decide(
            *complaint,
            document.dump(),
            *all.policy->rules,
            *all.atlas,
            all.policy->agencies,
            received
        );
        decision.clear.channel = "import";
        SealedFiling sealed =
            all.keyroom->seal(std::move(decision), all.policy->agencies, received);
        const auto filed = wait_for<Filed>([&](Completion<Filed> done) {
            all.store->file(std::move(sealed.filing), std::move(done));
        });
        if (!filed)
            return filed.error();
    }
    return count;
}

} // namespace saiduan
