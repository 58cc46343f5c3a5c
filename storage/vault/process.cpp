// protect_process(): what Linux offers to keep a process's memory to itself.
#include "storage/vault/secret.hpp"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace saiduan {

namespace {

bool may_lock_without_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
        return true;
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
    return syscall(SYS_capget, &header, data) == 0 &&
           (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

} // namespace

std::vector<std::string> protect_process() {
    std::vector<std::string> missing;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        missing.emplace_back("other processes of this user can read the memory (PR_SET_DUMPABLE)");
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        missing.emplace_back("a crash may write the memory to a core file (RLIMIT_CORE)");
    // MCL_FUTURE under a small limit would make later mappings, SQLite's among them, fail.
    if (!may_lock_without_limit())
        missing.emplace_back(
            "memory may be swapped out; set LimitMEMLOCK=infinity or switch swap off"
        );
    else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        missing.emplace_back("memory may be swapped out: the system refused to lock it");
    return missing;
}

} // namespace saiduan
