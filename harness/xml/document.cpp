// See document.hpp. The way of a file: bytes -> Gate (Expat) -> places and, if it passed, pugixml.
#include "harness/xml/document.hpp"

#include <algorithm>
#include <fstream>

#include <expat.h>
#include <fmt/format.h>

#include "harness/xml/problems.hpp"

namespace smtprig::xml {
namespace {

constexpr char separator = '\x0C';  // between namespace and name; cannot occur in XML
constexpr std::string_view instance_uri = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view xml_uri = "http://www.w3.org/XML/1998/namespace";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The attributes of a start tag that Expat has accepted: it is well-formed, so no more is checked.
Document::ElementPlace scan_tag(std::string_view text, std::size_t offset) {
  Document::ElementPlace place{offset, {}};
  std::size_t i = offset + 1;
  while (i < text.size() && !is_space(text[i]) && text[i] != '>' && text[i] != '/')
    ++i;
  while (i < text.size() && text[i] != '>' && text[i] != '/') {
    if (is_space(text[i])) {
      ++i;
      continue;
    }
    const std::size_t name = i;
    while (i < text.size() && text[i] != '=' && !is_space(text[i]))
      ++i;
    const std::size_t name_end = i;
    i = text.find_first_of("\"'", i);
    if (i == std::string_view::npos) break;
    const std::size_t value = i + 1;
    const std::size_t end = text.find(text[i], value);
    if (end == std::string_view::npos) break;
    place.attributes.push_back({std::string(text.substr(name, name_end - name)), name, value});
    i = end + 1;
  }
  return place;
}

std::string too_large() {
  return fmt::format("is larger than {} MiB", file_bytes_max >> 20);
}

bool is_declaration(std::string_view name) {
  return name == "xmlns" || name.starts_with("xmlns:");
}

}  // namespace

// Expat's handlers. A problem that makes going on useless stops the parser.
class Gate {
 public:
  Gate(Document& document, Problems& problems) : document_(document), problems_(problems) {}

  bool pass() {
    parser_ = XML_ParserCreateNS("UTF-8", separator);
    if (parser_ == nullptr) throw std::bad_alloc();
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(
        parser_, [](void* self, const char* n, const char** a) { of(self).start(n, a); },
        [](void* self, const char*) { of(self).open_.pop_back(); });
    XML_SetXmlDeclHandler(parser_, [](void* self, const char*, const char* encoding, int) {
      of(self).declaration(encoding);
    });
    XML_SetStartDoctypeDeclHandler(parser_, [](void* self, const char*, const char*, const char*,
                                               int) { of(self).doctype(); });
    const auto& text = document_.text_;
    const auto status = XML_Parse(parser_, text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (status != XML_STATUS_OK && !stopped_) malformed();
    XML_ParserFree(parser_);
    return status == XML_STATUS_OK && !stopped_;
  }

 private:
  static Gate& of(void* self) { return *static_cast<Gate*>(self); }

  std::size_t offset() const {
    const auto index = XML_GetCurrentByteIndex(parser_);
    return index < 0 ? 0 : std::min(static_cast<std::size_t>(index), document_.text_.size());
  }

  void add(std::size_t where, std::string message, std::string suggestion = {}) {
    problems_.add(document_, document_.location(where), std::move(message), std::move(suggestion));
  }

  void stop(std::string message, std::size_t where = std::string::npos) {
    if (stopped_) return;
    stopped_ = true;
    add(where == std::string::npos ? offset() : where, std::move(message));
    XML_StopParser(parser_, XML_FALSE);
  }

  // Expat calls when it has read the name; the declaration starts before it.
  void doctype() {
    const auto start = document_.text_.rfind("<!DOCTYPE", offset());
    stop("a document type declaration is not accepted", start);
  }

  void declaration(const char* encoding) {
    if (encoding == nullptr) return;
    std::string name(encoding);
    std::ranges::transform(name, name.begin(),
                           [](char c) { return 'A' <= c && c <= 'Z' ? char(c + 32) : c; });
    if (name != "utf-8" && name != "us-ascii")
      stop(fmt::format("encoding \"{}\" is not accepted, only UTF-8", encoding));
  }

  void malformed() {
    const auto code = XML_GetErrorCode(parser_);
    std::string message = XML_ErrorString(code);
    const bool left_open = code == XML_ERROR_TAG_MISMATCH || code == XML_ERROR_NO_ELEMENTS ||
                           code == XML_ERROR_UNCLOSED_TOKEN;
    if (left_open && !open_.empty()) {
      const auto where = document_.location(open_.back().offset);
      message +=
          fmt::format(": <{}> of {}:{} is open", open_.back().name, where.line, where.column);
    }
    add(offset(), std::move(message));
  }

  void start(std::string_view name, const char** attributes) {
    const std::size_t where = offset();
    const auto split = name.find(separator);
    const auto uri = split == std::string_view::npos ? std::string_view() : name.substr(0, split);
    const auto own_name = split == std::string_view::npos ? name : name.substr(split + 1);
    open_.push_back({std::string(own_name), where});
    if (stopped_) return;
    if (open_.size() > depth_max)
      return stop(fmt::format("elements are nested deeper than {}", depth_max));
    if (document_.places_.size() == elements_max)
      return stop(fmt::format("more than {} elements", elements_max));

    auto place = scan_tag(document_.text_, where);
    if (place.attributes.size() > attributes_max)
      return stop(fmt::format("<{}> has more than {} attributes", own_name, attributes_max));
    check_element_namespace(uri, own_name, where);
    check_attribute_namespaces(attributes, place);
    document_.places_.emplace(where, std::move(place));
  }

  void check_element_namespace(std::string_view uri, std::string_view name, std::size_t where) {
    if (uri == namespace_uri) return;
    const auto wrong =
        uri.empty() ? std::string("no namespace") : fmt::format("namespace \"{}\"", uri);
    const auto message = fmt::format("<{}> is in {}, not in \"{}\"", name, wrong, namespace_uri);
    const auto wanted = fmt::format("xmlns=\"{}\"", namespace_uri);
    if (open_.size() > 1) return add(where, message);
    // Everything below would be wrong for the same reason.
    add(where, message, wanted);
    stopped_ = true;
    XML_StopParser(parser_, XML_FALSE);
  }

  void check_attribute_namespaces(const char** attributes, const Document::ElementPlace& place) {
    auto written = place.attributes.begin();
    for (; *attributes != nullptr; attributes += 2, ++written) {
      while (written != place.attributes.end() && is_declaration(written->name))
        ++written;
      if (written == place.attributes.end()) return;
      const std::string_view name = *attributes;
      const auto split = name.find(separator);
      if (split == std::string_view::npos) continue;
      const auto uri = name.substr(0, split);
      if (uri == instance_uri || uri == xml_uri) continue;
      add(written->name_offset,
          fmt::format("attribute \"{}\" is in namespace \"{}\"; attributes have none",
                      written->name, uri));
    }
  }

  struct Open {
    std::string name;
    std::size_t offset;
  };

  Document& document_;
  Problems& problems_;
  XML_Parser parser_ = nullptr;
  std::vector<Open> open_;
  bool stopped_ = false;
};

std::shared_ptr<const Document> Document::load(const std::filesystem::path& file,
                                               Problems& problems) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    problems.add(file.string(),
                 std::filesystem::exists(file, error) ? "is not a regular file" : "does not exist");
    return nullptr;
  }
  const auto bytes = std::filesystem::file_size(file, error);
  if (!error && bytes > file_bytes_max) {
    problems.add(file.string(), too_large());
    return nullptr;
  }
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (error || !in.is_open() || in.bad()) {
    problems.add(file.string(), "cannot be read");
    return nullptr;
  }
  return parse(file.string(), std::move(text), problems);
}

std::shared_ptr<const Document> Document::parse(std::string file, std::string text,
                                                Problems& problems) {
  if (text.size() > file_bytes_max) {
    problems.add(file, too_large());
    return nullptr;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  const std::shared_ptr<Document> document(new Document);
  document->file_ = std::move(file);
  document->text_ = std::move(text);
  document->line_starts_.push_back(0);
  for (std::size_t i = 0; i < document->text_.size(); ++i)
    if (document->text_[i] == '\n') document->line_starts_.push_back(i + 1);
  if (!Gate(*document, problems).pass()) return nullptr;
  const auto parsed =
      document->tree_.load_buffer(document->text_.data(), document->text_.size(),
                                  pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  if (!parsed) {
    problems.add(*document, document->location(static_cast<std::size_t>(parsed.offset)),
                 parsed.description());
    return nullptr;
  }
  return document;
}

const Document::ElementPlace* Document::place(pugi::xml_node element) const {
  // offset_debug() is the offset of the name, one behind the "<".
  const auto found = places_.find(static_cast<std::size_t>(element.offset_debug()) - 1);
  return found == places_.end() ? nullptr : &found->second;
}

model::Location Document::location(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::ranges::upper_bound(line_starts_, offset);
  const std::size_t start = *std::prev(next);
  int column = 1;
  for (std::size_t i = start; i < offset; ++i)
    if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++column;
  return {file_, static_cast<int>(next - line_starts_.begin()), column};
}

std::string Document::line(int number) const {
  const auto index = static_cast<std::size_t>(number);
  if (number < 1 || index > line_starts_.size()) return {};
  const std::size_t start = line_starts_[index - 1];
  const std::size_t end = index < line_starts_.size() ? line_starts_[index] - 1 : text_.size();
  std::string line = text_.substr(start, end - start);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace smtprig::xml
