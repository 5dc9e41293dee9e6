package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	llmv1 "tsuku.dev/llm/v1"
)

// About so many projects a package manager asks.
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

// What projects call their files: linux/amd64, linux/arm64, darwin/amd64, darwin/arm64, and others beside them.
var habits = []struct {
	files  [4]string
	others string
	format string
}{
	{[4]string{"T-V-linux_amd64.tar.gz", "T-V-linux_arm64.tar.gz", "T-V-darwin_amd64.tar.gz", "T-V-darwin_arm64.tar.gz"},
		"T-V-freebsd_amd64.tar.gz T-V-linux_arm.tar.gz T-V-windows_amd64.zip T_V_checksums.txt", "tar.gz"},
	{[4]string{"T-vV-x86_64-unknown-linux-gnu.tar.xz", "T-vV-aarch64-unknown-linux-gnu.tar.xz",
		"T-vV-x86_64-apple-darwin.tar.xz", "T-vV-aarch64-apple-darwin.tar.xz"},
		"T-vV-x86_64-unknown-linux-musl.tar.xz T-vV-x86_64-pc-windows-msvc.zip T-vV-x86_64-apple-darwin.tar.xz.sha256", "tar.xz"},
	{[4]string{"T-linux-amd64", "T-linux-arm64", "T-darwin-amd64", "T-darwin-arm64"}, "T-windows-amd64.exe T-linux-386 SHA256SUMS", "binary"},
	{[4]string{"T_V_Linux_x86_64.zip", "T_V_Linux_arm64.zip", "T_V_Darwin_x86_64.zip", "T_V_Darwin_arm64.zip"},
		"T_V_Windows_x86_64.zip T_V_linux_amd64.deb T_V_linux_amd64.rpm checksums.txt checksums.txt.sig", "zip"},
}

var projects = [recipes]string{"gizmo", "ferry", "windmill", "kubelens", "armadillo", "quill", "logtop", "pinecone", "tarsnip", "zephyr",
	"mac-and-cheese", "dotkeeper", "ohm", "x-ray", "bramble", "gitlark", "sqlrun", "linuxbrewer", "envoyage", "up"}

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

// project returns the tool that is asked about in a round, its releases as a list of JSON objects, and the expected call.
func project(round int) (string, string, pattern) {
	tool, habit := projects[round], habits[round%len(habits)]
	put := func(name, version string) string {
		return strings.NewReplacer("T", tool, "V", version).Replace(name)
	}
	expected := pattern{Executable: tool, VerifyCommand: tool + " --version"}
	for i, platform := range [4]string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		both := strings.Split(platform, "/")
		expected.Mappings = append(expected.Mappings, mapping{both[0], both[1], put(habit.files[i], "0.58.0"), habit.format})
	}
	var listed []map[string]interface{}
	for _, version := range []string{"0.58.0", "0.57.2", "0.57.1"} {
		var assets []string
		for _, name := range append(strings.Fields(habit.others), habit.files[:]...) {
			assets = append(assets, put(name, version))
		}
		sort.Strings(assets)
		listed = append(listed, map[string]interface{}{"tag": "v" + version, "assets": assets})
	}
	text, _ := json.MarshalIndent(listed, "", "  ")
	return tool, string(text), expected
}

// A package manager without any model installed creates a recipe: tool choice "auto", three tools, one
// call expected, and a repair after the call's command has failed.
func recipe(d *daemon, _ expectation) error {
	d.model = ""
	if err := d.serve(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	for i := 0; i < recipes; i++ {
		tool, releases, expected := project(i)
		session := recipeSession(tool, releases)
		call, got, err := nextPattern(c, session)
		if err != nil {
			return fmt.Errorf("recipe %d of %d: %w", i+1, recipes, err)
		}
		if !reflect.DeepEqual(got, expected) {
			return fmt.Errorf("recipe %d of %d is %+v", i+1, recipes, got)
		}
		if i >= len(habits) {
			continue // the repair is asked for once for each habit
		}
		session.Messages = append(session.Messages,
			&llmv1.Message{Role: llmv1.Role_ROLE_ASSISTANT, ToolCalls: []*llmv1.ToolCall{call}},
			&llmv1.Message{Role: llmv1.Role_ROLE_USER, ToolResult: &llmv1.ToolResult{ToolCallId: call.Id, Content: failure}})
		repaired := expected
		repaired.VerifyCommand = tool + " version"
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
func recipeSession(tool, releases string) *llmv1.CompletionRequest {
	return &llmv1.CompletionRequest{
		SystemPrompt: "You analyze the releases of projects and create recipes from them. " +
			strings.Repeat("Names of systems and processors are spelled in many ways; use the names of files as they are listed. ", 18),
		Messages: []*llmv1.Message{{Role: llmv1.Role_ROLE_USER, Content: "Please analyze this GitHub repository and its releases to create a recipe.\n\n" +
			"Repository: " + tool + "-dev/" + tool + "\nDescription: A tool for gadgets\n\nRecent releases:\n" + releases +
			"\n\nREADME.md:\n# " + tool + "\n\nDownload it from the releases page.\n\nAnalyze the release assets and call extract_pattern with the platform mappings."}},
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
