// One XML file: Expat decides whether it is well-formed and in namespace urn:smtprig:1 and says
// where everything stands, pugixml holds the tree (alone it would accept two roots, duplicate
// attributes and undefined entities). Refused: document type declarations, so no entity of a file's
// own and nothing external; encodings other than UTF-8; what exceeds the limits below.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <pugixml.hpp>

#include "harness/model/scenario.hpp"

namespace smtprig::xml {

class Problems;

inline constexpr std::string_view namespace_uri = "urn:smtprig:1";
inline constexpr std::size_t file_bytes_max = 4u << 20;
inline constexpr std::size_t depth_max = 32;
inline constexpr std::size_t elements_max = 100'000;
inline constexpr std::size_t attributes_max = 64;

class Document {
 public:
  // Bytes of a start tag in the text; offsets count from the start of the file.
  struct AttributePlace {
    std::string name;  // with its prefix, if any
    std::size_t name_offset = 0;
    std::size_t value_offset = 0;
  };
  struct ElementPlace {
    std::size_t offset = 0;  // of the "<"
    std::vector<AttributePlace> attributes;
  };

  // nullptr, with problems, if the file cannot be read or is not what is described above.
  static std::shared_ptr<const Document> load(const std::filesystem::path& file,
                                              Problems& problems);
  // The same for text at hand; `file` is only its name in messages.
  static std::shared_ptr<const Document> parse(std::string file, std::string text,
                                               Problems& problems);

  pugi::xml_node root() const { return tree_.document_element(); }
  const std::string& file() const { return file_; }
  const ElementPlace* place(pugi::xml_node element) const;
  model::Location location(std::size_t offset) const;
  std::string line(int number) const;  // without its end

 private:
  Document() = default;
  friend class Gate;

  std::string file_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
  std::unordered_map<std::size_t, ElementPlace> places_;  // by offset
  pugi::xml_document tree_;
};

// An element of a document; valid as long as the document. Names are local: a prefix is cut.
class Node {
 public:
  Node(const Document& document, pugi::xml_node element)
      : document_(&document), element_(element) {}

  std::string_view name() const;
  std::optional<std::string> value(std::string_view attribute) const;
  bool has(std::string_view attribute) const { return value(attribute).has_value(); }
  std::string text() const;  // all character data, white space at both ends cut
  bool has_text() const;     // other than white space
  std::vector<Node> children() const;
  std::vector<Node> children(std::string_view name) const;
  std::vector<std::string> attributes() const;  // names without prefix, in their order

  model::Location at() const;
  model::Location at_name(std::string_view attribute) const;
  model::Location at_value(std::string_view attribute) const;
  const Document& document() const { return *document_; }

 private:
  const Document* document_;
  pugi::xml_node element_;
};

}  // namespace smtprig::xml
