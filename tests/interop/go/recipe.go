package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	llmv1 "tsuku.dev/llm/v1"
)

// How often a package manager asks about one project, each time in a new session.
const recipes = 20

const fetchFile = `{"type":"object","properties":{"path":{"type":"string","description":"Path of the file in the repository"}},"required":["path"]}`

const inspectArchive = `{"type":"object","properties":{"url":{"type":"string","description":"Where the archive can be downloaded"}},"required":["url"]}`

const extractPattern = `{"type":"object","properties":{
  "executable":{"type":"string","description":"Name of the program's file"},
  "install_subpath":{"type":"string","description":"Directory in the archive that the program is in"},
  "mappings":{"type":"array","description":"Files by platform","items":{"type":"object","properties":{
    "arch":{"type":"string","description":"Processor: amd64 or arm64"},
    "asset":{"type":"string","description":"Name of the file"},
    "format":{"type":"string","enum":["tar.gz","tar.xz","zip","tbz","tgz","binary"]},
    "os":{"type":"string","description":"System: linux or darwin"}},
    "required":["os","arch","asset","format"]}},
  "strip_prefix":{"type":"string","description":"Directory to leave out"},
  "verify_command":{"type":"string","description":"Command that prints the version"}},
  "required":["mappings","executable","verify_command"]}`

const releases = `[
  {"tag": "v0.58.0", "assets": ["gizmo-0.58.0-darwin_amd64.tar.gz", "gizmo-0.58.0-darwin_arm64.tar.gz",
   "gizmo-0.58.0-freebsd_amd64.tar.gz", "gizmo-0.58.0-linux_amd64.tar.gz", "gizmo-0.58.0-linux_arm.tar.gz",
   "gizmo-0.58.0-linux_arm64.tar.gz", "gizmo-0.58.0-windows_amd64.zip", "gizmo_0.58.0_checksums.txt"]},
  {"tag": "v0.57.2", "assets": ["gizmo-0.57.2-darwin_amd64.tar.gz", "gizmo-0.57.2-darwin_arm64.tar.gz",
   "gizmo-0.57.2-linux_amd64.tar.gz", "gizmo-0.57.2-linux_arm64.tar.gz", "gizmo_0.57.2_checksums.txt"]},
  {"tag": "v0.57.1", "assets": ["gizmo-0.57.1-darwin_amd64.tar.gz", "gizmo-0.57.1-linux_amd64.tar.gz",
   "gizmo-0.57.1-linux_arm64.tar.gz"]}
]`

type mapping struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Asset  string `json:"asset"`
	Format string `json:"format"`
}

type pattern struct {
	Mappings      []mapping `json:"mappings"`
	Executable    string    `json:"executable"`
	VerifyCommand string    `json:"verify_command"`
}

var expectedPattern = pattern{
	Mappings: []mapping{
		{"linux", "amd64", "gizmo-0.58.0-linux_amd64.tar.gz", "tar.gz"},
		{"linux", "arm64", "gizmo-0.58.0-linux_arm64.tar.gz", "tar.gz"},
		{"darwin", "amd64", "gizmo-0.58.0-darwin_amd64.tar.gz", "tar.gz"},
		{"darwin", "arm64", "gizmo-0.58.0-darwin_arm64.tar.gz", "tar.gz"},
	},
	Executable:    "gizmo",
	VerifyCommand: "gizmo --version",
}

// A package manager without any model installed creates a recipe: tool choice "auto", three tools, one
// call expected, and a repair after the call's command has failed.
func recipe(d *daemon, _ expectation) error {
	if err := d.start(0, "serve", "--idle-timeout", "5m0s"); err != nil {
		return fmt.Errorf("starting the daemon: %w", err)
	}
	if err := d.awaitSocket(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	for i := 0; i < recipes; i++ {
		session := recipeSession()
		call, got, err := nextPattern(c, session)
		if err != nil {
			return fmt.Errorf("recipe %d of %d: %w", i+1, recipes, err)
		}
		if !reflect.DeepEqual(got, expectedPattern) {
			return fmt.Errorf("recipe %d of %d is %+v", i+1, recipes, got)
		}
		if i%10 != 0 {
			continue
		}
		session.Messages = append(session.Messages,
			&llmv1.Message{Role: llmv1.Role_ROLE_ASSISTANT, ToolCalls: []*llmv1.ToolCall{call}},
			&llmv1.Message{Role: llmv1.Role_ROLE_USER, ToolResult: &llmv1.ToolResult{ToolCallId: call.Id, Content: failure}})
		repaired := expectedPattern
		repaired.VerifyCommand = "gizmo version"
		if _, got, err = nextPattern(c, session); err != nil || !reflect.DeepEqual(got, repaired) {
			return fmt.Errorf("the repaired recipe %d of %d is %+v (%v)", i+1, recipes, got, err)
		}
	}
	return d.endsAfter(shutdown(c))
}

const failure = `The recipe you generated failed validation. Here is the error:

---
Error: unknown flag: --version
---

Exit code: 1
Error category: verify_failed

Please analyze what went wrong and call extract_pattern again with a corrected recipe.`

// recipeSession is what a package manager sends first.
func recipeSession() *llmv1.CompletionRequest {
	return &llmv1.CompletionRequest{
		SystemPrompt: "You analyze the releases of projects and create recipes from them. " +
			strings.Repeat("Names of systems and processors are spelled in many ways; use the names of files as they are listed. ", 18),
		Messages: []*llmv1.Message{{Role: llmv1.Role_ROLE_USER, Content: "Please analyze this GitHub repository and its releases to create a recipe.\n\n" +
			"Repository: gizmo-tools/gizmo\nDescription: A tool for gadgets\n\nRecent releases:\n" + releases +
			"\n\nREADME.md:\n# gizmo\n\nDownload it from the releases page.\n\nAnalyze the release assets and call extract_pattern with the platform mappings."}},
		Tools: []*llmv1.ToolDef{
			{Name: "fetch_file", Description: "Fetch a file of the repository", ParametersSchema: fetchFile},
			{Name: "inspect_archive", Description: "List the files in an archive", ParametersSchema: inspectArchive},
			{Name: "extract_pattern", Description: "Report the mappings of platforms to files", ParametersSchema: extractPattern},
		},
		MaxTokens: 4096,
	}
}

// nextPattern is the call that a session is answered with; any other answer is an error.
func nextPattern(c *connection, session *llmv1.CompletionRequest) (*llmv1.ToolCall, pattern, error) {
	var got pattern
	answer, err := complete(c, session)
	if err != nil {
		return nil, got, err
	}
	if len(answer.ToolCalls) != 1 || answer.ToolCalls[0].Name != "extract_pattern" || answer.StopReason != "tool_use" {
		return nil, got, fmt.Errorf("the answer is %v", answer)
	}
	return answer.ToolCalls[0], got, json.Unmarshal([]byte(answer.ToolCalls[0].ArgumentsJson), &got)
}
