// 10,000 waiting dispatchers for ./dev bench: holds long polls open, files one complaint, and
// tells how long after its 201 each of them heard of it.
//
//   bench_waiters PORT COMPLAINT_FILE (COUNT TARGET ETAG TOKEN)...
//
// Opens COUNT polls of TARGET for each group, prints "waiting N", reads one line from standard
// input, files the complaint, and prints "heard N of M p50_ms p99_ms max_ms" for the first group.
// A time is negative when the news came before the 201 was read. Any surprise ends it with code 1
// and the reason on standard error. Who starts it raises the limit of descriptors.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto answers_within = std::chrono::seconds{20};
constexpr int events_at_once = 512;

[[noreturn]] void give_up(const std::string& reason) {
    const std::string cause = errno == 0 ? "" : std::string{": "} + std::strerror(errno);
    std::fprintf(stderr, "bench_waiters: %s%s\n", reason.c_str(), cause.c_str());
    std::exit(1);
}

struct Waiter {
    int socket;
    bool watched; // of the first group, whose news is timed
    bool heard = false;
};

int connect_to(in_port_t port) {
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        give_up("socket");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    static_assert(sizeof generic == sizeof to);
    std::memcpy(&generic, &to, sizeof to);
    if (connect(s, &generic, sizeof generic) != 0)
        give_up("connect");
    const int yes = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return s;
}

void send_all(int s, const std::string& text) {
    if (send(s, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
        give_up("send");
}

void open_waiters(std::vector<Waiter>& all, in_port_t port, char** group, bool watched, int epoll) {
    const int count = std::atoi(group[0]);
    const std::string request =
        std::string{"GET "} + group[1] +
        " HTTP/1.1\r\nHost: bench\r\nPrefer: wait=50\r\nIf-None-Match: " + group[2] +
        "\r\nAuthorization: Bearer " + group[3] + "\r\n\r\n";
    for (int i = 0; i < count; ++i) {
        all.push_back({connect_to(port), watched});
        epoll_event interest{};
        interest.events = EPOLLIN;
        interest.data.u64 = all.size() - 1;
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, all.back().socket, &interest) != 0)
            give_up("epoll_ctl");
        send_all(all.back().socket, request);
    }
}

// Reads an answer's beginning; ends the program unless it is an answer with `status`.
void expect_status(int s, const char* status) {
    std::array<char, 65'536> answer;
    const ssize_t n = recv(s, answer.data(), answer.size(), 0);
    const std::string_view text{answer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
    if (!text.starts_with(std::string{"HTTP/1.1 "} + status)) {
        errno = n < 0 ? errno : 0;
        give_up("expected " + std::string{status} + ", got \"" + std::string{text} + '"');
    }
}

std::string complaint_request(const char* file) {
    std::ifstream in{file};
    const std::string body{std::istreambuf_iterator<char>{in}, {}};
    return "POST /v1/complaints HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
           "Content-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Files the complaint; returns each watched waiter's time of news and the 201's.
std::vector<Clock::time_point>
file_and_hear(std::vector<Waiter>& all, int epoll, int reporter, Clock::time_point& filed) {
    const auto watched = static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const Waiter& w) { return w.watched; })
    );
    std::vector<Clock::time_point> heard;
    bool answered = false;
    const auto until = Clock::now() + answers_within;
    std::array<epoll_event, events_at_once> events;
    while ((heard.size() < watched || !answered) && Clock::now() < until) {
        const int n = epoll_wait(epoll, events.data(), events_at_once, 100);
        for (int i = 0; i < n; ++i) {
            const auto now = Clock::now();
            const std::uint64_t at = events[static_cast<std::size_t>(i)].data.u64;
            if (at == all.size()) {
                expect_status(reporter, "201");
                filed = now;
                answered = true;
                epoll_ctl(epoll, EPOLL_CTL_DEL, reporter, nullptr);
                continue;
            }
            Waiter& w = all[at];
            expect_status(w.socket, "200");
            epoll_ctl(epoll, EPOLL_CTL_DEL, w.socket, nullptr);
            if (w.watched && !w.heard)
                heard.push_back(now);
            w.heard = true;
        }
    }
    errno = 0;
    if (!answered)
        give_up("the complaint was not answered in time");
    return heard;
}

double at_rank(const std::vector<double>& sorted, double share) {
    const auto rank = std::ceil(share * static_cast<double>(sorted.size())) - 1;
    return sorted[static_cast<std::size_t>(std::max(rank, 0.0))];
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 7 || (argc - 3) % 4 != 0)
        give_up("usage: PORT COMPLAINT_FILE (COUNT TARGET ETAG TOKEN)...");
    const auto port = static_cast<in_port_t>(std::atoi(argv[1]));
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    std::vector<Waiter> all;
    for (int i = 3; i < argc; i += 4)
        open_waiters(all, port, argv + i, i == 3, epoll);
    std::printf("waiting %zu\n", all.size());
    std::fflush(stdout);
    std::string go;
    if (!std::getline(std::cin, go))
        return 1;
    epoll_event early{};
    if (epoll_wait(epoll, &early, 1, 0) != 0)
        expect_status(all[early.data.u64].socket, "no answer before anything was filed");
    const int reporter = connect_to(port);
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.u64 = all.size();
    epoll_ctl(epoll, EPOLL_CTL_ADD, reporter, &interest);
    send_all(reporter, complaint_request(argv[2]));
    Clock::time_point filed;
    const auto heard = file_and_hear(all, epoll, reporter, filed);
    std::vector<double> ms;
    for (const auto t : heard)
        ms.push_back(std::chrono::duration<double, std::milli>(t - filed).count());
    std::sort(ms.begin(), ms.end());
    if (ms.empty())
        give_up("nobody heard of the complaint");
    std::printf(
        "heard %zu of %d %.3f %.3f %.3f\n",
        ms.size(),
        std::atoi(argv[3]),
        at_rank(ms, 0.50),
        at_rank(ms, 0.99),
        ms.back()
    );
}
