package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"bedrockwire/model/converse"
)

// Formats of files, which are their usual extensions too (API Reference, ImageFormat,
// DocumentFormat, VideoFormat and AudioFormat). Where one is a video's and a sound's, it is taken
// for a video.
var (
	imageFormats    = []string{"png", "jpeg", "gif", "webp"}
	documentFormats = []string{"pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"}
	videoFormats    = []string{"mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"}
	audioFormats    = []string{"mp3", "opus", "wav", "aac", "flac", "ogg", "mka", "m4a", "mpga", "pcm"}
)

// otherExtensions are extensions that are not the name of their format.
var otherExtensions = map[string]string{"jpg": "jpeg", "htm": "html", "markdown": "md", "text": "txt", "3gp": "three_gp"}

// attach makes a block of a file.
func attach(name string) (converse.Block, error) {
	extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
	format := extension
	if other, ok := otherExtensions[extension]; ok {
		format = other
	}
	var b converse.Block
	var content *[]byte
	media := func(into **converse.Media) {
		*into = &converse.Media{Format: format}
		content = &(*into).Bytes
	}
	switch {
	case slices.Contains(imageFormats, format):
		media(&b.Image)
	case slices.Contains(documentFormats, format):
		b.Document = &converse.Document{Format: format, Name: documentName(name)}
		content = &b.Document.Bytes
	case slices.Contains(videoFormats, format):
		media(&b.Video)
	case slices.Contains(audioFormats, format):
		media(&b.Audio)
	default:
		known := slices.Concat(imageFormats, documentFormats, videoFormats, audioFormats)
		return b, usageFault{attachError(name, "has an extension that names no format; known are "+strings.Join(known, ", "))}
	}
	var err error
	if *content, err = readFile(name); err == nil && len(*content) == 0 {
		err = usageFault{attachError(name, "is empty")}
	}
	return b, err
}

func attachError(name, reason string) error { return fmt.Errorf("-attach: %q %s", name, reason) }

// documentName returns a file's name without its folder and extension, in the characters that the
// service allows: letters, digits, hyphens, parentheses, brackets, and one blank at a time (API
// Reference, DocumentBlock).
func documentName(name string) string {
	base := filepath.Base(name)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	words := strings.FieldsFunc(base, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-()[]", r))
	})
	if len(words) == 0 {
		return "document"
	}
	joined := strings.Join(words, " ")
	return strings.TrimSpace(joined[:min(len(joined), maxDocumentName)])
}

// maxDocumentName is the longest name of a document (API Reference, DocumentBlock).
const maxDocumentName = 200
