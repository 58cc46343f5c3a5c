#include "storage/trail/hash.hpp"

#include <openssl/evp.h>

#include <cassert>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace saiduan {
namespace {

// One context per thread: fetching the algorithm costs more than hashing a leaf.
class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
            EVP_MD_fetch(nullptr, "SHA2-256", nullptr), &EVP_MD_free
        );
        require(context_ && algorithm);
        require(EVP_DigestInit_ex2(context_.get(), algorithm.get(), nullptr) == 1);
    }

    Hash digest(std::initializer_list<std::string_view> parts) {
        Hash out;
        require(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
        for (const std::string_view part : parts)
            require(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
        require(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1);
        return out;
    }

private:
    static void require(bool done) {
        if (!done)
            throw std::runtime_error("OpenSSL does not compute SHA-256 here");
    }

    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

} // namespace

Hash sha256(std::initializer_list<std::string_view> parts) {
    thread_local Sha256 hasher;
    return hasher.digest(parts);
}

Hash hash_at(std::string_view hashes, std::size_t index) {
    assert(index < hashes.size() / hash_bytes);
    Hash out;
    std::memcpy(out.data(), hashes.data() + index * hash_bytes, hash_bytes);
    return out;
}

} // namespace saiduan
