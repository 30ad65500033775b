// See content.hpp.
#include "fakes/smtp/content.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "fakes/smtp/command.hpp"

namespace smtprig::fakes::smtp {

namespace {

constexpr std::size_t token_bytes_max = 128;

bool token_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '.';
}

// The first place of `word` (upper case) in `text`, in any case.
std::size_t find_word(std::string_view text, std::string_view word) {
  auto equal = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; };
  auto place = std::search(text.begin(), text.end(), word.begin(), word.end(), equal);
  return place == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(place - text.begin());
}

}  // namespace

std::string dot_stuff(std::string_view content) {
  std::string bytes;
  bytes.reserve(content.size() + 64);
  char before = '\n';
  char before_that = '\r';
  for (char c : content) {
    // A dot behind a bare LF begins no line.
    if (c == '.' && before == '\n' && before_that == '\r') bytes += '.';
    bytes += c;
    before_that = before;
    before = c;
  }
  if (!content.empty() && !content.ends_with("\r\n")) bytes += "\r\n";
  return bytes += ".\r\n";
}

std::size_t DotDecoder::feed(std::string_view bytes, std::string& out) {
  std::size_t at = 0;
  for (; at < bytes.size() && state_ != State::end; ++at) {
    char c = bytes[at];
    switch (state_) {
      case State::line_start:
        if (c == '.') {
          state_ = State::dot;
          continue;
        }
        break;
      case State::dot:
        if (c == '\r') {
          state_ = State::dot_cr;
          continue;
        }
        break;  // the first dot was stuffing: RFC 5321 4.5.2
      case State::dot_cr:
        if (c == '\n') {
          state_ = State::end;
          continue;
        }
        out += '\r';
        break;
      case State::cr:
        if (c == '\n') {
          out += c;
          state_ = State::line_start;
          continue;
        }
        break;
      case State::text:
      case State::end:
        break;
    }
    out += c;
    state_ = c == '\r' ? State::cr : State::text;
  }
  return at;
}

void Digest::MdFree::operator()(EVP_MD_CTX* context) const {
  EVP_MD_CTX_free(context);
}

Digest::Digest(std::size_t kept_bytes_max)
    : hash_(EVP_MD_CTX_new()),
      body_hash_(EVP_MD_CTX_new()),
      letters_hash_(EVP_MD_CTX_new()),
      kept_bytes_max_(kept_bytes_max) {
  for (const Hash* hash : {&hash_, &body_hash_, &letters_hash_}) {
    const int begun = EVP_DigestInit_ex(hash->get(), EVP_sha256(), nullptr);
    assert(begun == 1);
    static_cast<void>(begun);
  }
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::feed(std::string_view content) {
  EVP_DigestUpdate(hash_.get(), content.data(), content.size());
  bytes_ += content.size();
  kept_ += content.substr(0, kept_bytes_max_ - kept_.size());
  if (token_.empty()) look_for_token(content);
  look_for_body(content);
}

void Digest::look_for_body(std::string_view content) {
  std::size_t at = 0;
  for (; at < content.size() && !in_body_; ++at) {
    in_body_ = content[at] == '\n' && line_is_empty_;
    line_is_empty_ = content[at] == '\n' || (content[at] == '\r' && line_is_empty_);
  }
  const std::string_view body = content.substr(at);
  EVP_DigestUpdate(body_hash_.get(), body.data(), body.size());
  std::string letters(body);
  std::erase_if(
      letters, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0'; });
  EVP_DigestUpdate(letters_hash_.get(), letters.data(), letters.size());
}

std::string Digest::sha256() const {
  return sum_of(hash_);
}

std::string Digest::sha256_body() const {
  return sum_of(body_hash_);
}

std::string Digest::sha256_letters() const {
  return sum_of(letters_hash_);
}

std::string Digest::sum_of(const Hash& hash) {
  Hash copy(EVP_MD_CTX_new());
  std::array<unsigned char, 32> sum{};
  EVP_MD_CTX_copy_ex(copy.get(), hash.get());
  EVP_DigestFinal_ex(copy.get(), sum.data(), nullptr);
  std::string hex;
  for (unsigned char byte : sum) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

// The header may be cut anywhere between two pieces: enough of the end is carried over to hold it
// whole.
void Digest::look_for_token(std::string_view content) {
  static const std::string word = upper(token_header);
  tail_ += content;
  std::string_view rest = tail_;
  for (;;) {
    std::size_t place = find_word(rest, word);
    if (place == std::string_view::npos) {
      tail_ = rest.substr(rest.size() - std::min(rest.size(), word.size() - 1));
      return;
    }
    std::string_view value = rest.substr(place + word.size());
    std::size_t start = std::min(value.find_first_not_of(" \t"), value.size());
    std::size_t end = start;
    while (end < value.size() && token_byte(value[end]))
      ++end;
    bool cut = end == value.size() && end <= token_bytes_max;  // the rest may be in the next piece
    if (cut) {
      tail_ = rest.substr(place);
      return;
    }
    if (end > start && end < value.size() && end - start <= token_bytes_max) {
      token_ = value.substr(start, end - start);
      tail_.clear();
      return;
    }
    rest.remove_prefix(place + word.size());
  }
}

std::string body_digest(std::string_view content) {
  Digest digest(0);
  digest.feed(content);
  return digest.sha256_body();
}

}  // namespace smtprig::fakes::smtp
