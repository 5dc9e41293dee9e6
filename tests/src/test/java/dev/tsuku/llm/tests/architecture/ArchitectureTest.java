package dev.tsuku.llm.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Main code only; what the compiler generates from the wire's definition is not ours to rule. */
@AnalyzeClasses(
    packages = "dev.tsuku.llm",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ArchitectureTest.NotTheTestkit.class,
      ArchitectureTest.NotGenerated.class
    })
class ArchitectureTest {

  private static final String OURS = "dev.tsuku.llm.";

  static final class NotTheTestkit implements ImportOption {
    @Override
    public boolean includes(com.tngtech.archunit.core.importer.Location location) {
      return !location.contains("/testkit/") && !location.contains("tsuku-llm-testkit");
    }
  }

  static final class NotGenerated implements ImportOption {
    @Override
    public boolean includes(com.tngtech.archunit.core.importer.Location location) {
      return !location.contains("/protocol/v1/");
    }
  }

  @Test
  void every_module_is_looked_at() {
    JavaClasses all =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.tsuku.llm");
    Set<String> modules =
        all.stream()
            .map(c -> c.getPackageName().substring(OURS.length()).replaceFirst("\\..*", ""))
            .collect(Collectors.toSet());
    assertThat(modules)
        .contains(
            "protocol",
            "template",
            "grammar",
            "engine",
            "models",
            "llama",
            "client",
            "recipe",
            "daemon",
            "cli");
  }

  // The arrows between modules.

  @ArchTest static final ArchRule protocol_uses_no_other_module = uses("protocol", "protocol");

  @ArchTest static final ArchRule client_uses_protocol_only = uses("client", "client", "protocol");

  @ArchTest
  static final ArchRule recipe_uses_client_and_grammar =
      uses("recipe", "recipe", "client", "grammar");

  @ArchTest
  static final ArchRule cli_uses_client_protocol_and_the_daemons_door =
      uses("cli", "cli", "client", "protocol", "daemon", "grammar", "recipe");

  @ArchTest
  static final ArchRule only_the_serve_command_and_main_use_the_daemon =
      noClasses()
          .that()
          .resideInAPackage("dev.tsuku.llm.cli..")
          .and()
          .doNotHaveSimpleName("Main")
          .and()
          .doNotHaveSimpleName("Serve")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.tsuku.llm.daemon..")
                  .and(not(resideInAPackage("dev.tsuku.llm.daemon.settings")))
                  .and(not(resideInAPackage("dev.tsuku.llm.daemon.cache"))));

  @ArchTest
  static final ArchRule only_the_cache_command_uses_the_daemons_cache =
      noClasses()
          .that()
          .resideInAPackage("dev.tsuku.llm.cli..")
          .and()
          .doNotHaveSimpleName("Cache")
          .should()
          .dependOnClassesThat(resideInAPackage("dev.tsuku.llm.daemon.cache"));

  @ArchTest
  static final ArchRule only_config_and_serve_use_the_daemons_settings =
      noClasses()
          .that()
          .resideInAPackage("dev.tsuku.llm.cli..")
          .and()
          .haveNameNotMatching(".*\\.(Config|Serve)[^.]*")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tsuku.llm.daemon.settings");

  @ArchTest
  static final ArchRule engine_uses_template_and_grammar_only =
      uses("engine", "engine", "template", "grammar");

  @ArchTest static final ArchRule template_stands_alone = uses("template", "template");

  @ArchTest static final ArchRule grammar_stands_alone = uses("grammar", "grammar");

  @ArchTest static final ArchRule models_stands_alone = uses("models", "models");

  @ArchTest static final ArchRule llama_uses_the_engines_seam = uses("llama", "llama", "engine");

  @ArchTest
  static final ArchRule llama_is_known_to_one_class_of_the_daemon =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tsuku.llm.llama..")
          .and(not(named("dev.tsuku.llm.daemon.LlamaLoader")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tsuku.llm.llama..");

  @ArchTest
  static final ArchRule llama_sees_of_the_engine_only_its_backend_seam =
      noClasses()
          .that()
          .resideInAPackage("dev.tsuku.llm.llama..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.tsuku.llm.engine..")
                  .and(not(resideInAPackage("dev.tsuku.llm.engine.backend"))));

  @ArchTest
  static final ArchRule bindings_stay_inside_llama =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tsuku.llm.llama..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tsuku.llm.llama.abi..");

  // What may stand where.

  @ArchTest
  static final ArchRule native_calls_only_in_llama_and_posix =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tsuku.llm.llama..")
          .and(not(outermost("dev.tsuku.llm.daemon.socket.CLibrary")))
          .and(not(outermost("dev.tsuku.llm.daemon.socket.Posix")))
          .and(not(outermost("dev.tsuku.llm.daemon.socket.PosixProcess")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..");

  @ArchTest
  static final ArchRule grpc_and_netty_only_at_the_edges =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.tsuku.llm.protocol..",
              "dev.tsuku.llm.client..",
              "dev.tsuku.llm.daemon.intake..",
              "dev.tsuku.llm.daemon.rpc..",
              "dev.tsuku.llm.daemon.socket..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.grpc..", "io.netty..");

  @ArchTest
  static final ArchRule protobuf_stops_at_the_edges =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.tsuku.llm.protocol..", "dev.tsuku.llm.client..", "dev.tsuku.llm.daemon.rpc..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("com.google.protobuf..", "dev.tsuku.llm.protocol.v1.."));

  @ArchTest
  static final ArchRule signals_only_in_their_package =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tsuku.llm.daemon.signal")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("sun.misc..");

  @ArchTest
  static final ArchRule the_process_ends_only_in_exit_and_main =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tsuku.llm.daemon.exit")
          .and()
          .doNotHaveSimpleName("Main")
          .should()
          .callMethod(System.class, "exit", int.class)
          .orShould()
          .callMethod(Runtime.class, "exit", int.class)
          .orShould()
          .callMethod(Runtime.class, "halt", int.class);

  @ArchTest
  static final ArchRule nobody_sleeps =
      noClasses()
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(Thread.class, "sleep", java.time.Duration.class)
          .orShould()
          .callMethod(Thread.class, "sleep", long.class, int.class);

  @ArchTest
  static final ArchRule who_keeps_native_memory_closes_it =
      classes()
          .that()
          .resideInAPackage("dev.tsuku.llm..")
          .and(keepNativeMemory())
          .should()
          .haveModifier(JavaModifier.FINAL)
          .andShould()
          .beAssignableTo(AutoCloseable.class);

  @ArchTest
  static final ArchRule packages_form_no_cycles =
      slices().matching("dev.tsuku.llm.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule every_package_has_its_tour = classes().should(resideInAPackageWithInfo());

  private static ArchRule uses(String module, String... allowed) {
    String[] packages = new String[allowed.length];
    for (int i = 0; i < allowed.length; i++) {
      packages[i] = OURS + allowed[i] + "..";
    }
    return noClasses()
        .that()
        .resideInAPackage(OURS + module + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.tsuku.llm..").and(not(resideInAnyPackage(packages))))
        .as(module + " uses no module of ours but " + String.join(", ", allowed));
  }

  private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> named(String name) {
    return com.tngtech.archunit.base.DescribedPredicate.describe(
        "is " + name, c -> c.getName().equals(name));
  }

  private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> outermost(String name) {
    return com.tngtech.archunit.base.DescribedPredicate.describe(
        "is or is in " + name, c -> c.getName().equals(name) || c.getName().startsWith(name + "$"));
  }

  /** Constants live as long as the process; records are values that pass segments on. */
  private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> keepNativeMemory() {
    return com.tngtech.archunit.base.DescribedPredicate.describe(
        "keep native memory in a field",
        c ->
            !c.isRecord()
                && c.getFields().stream()
                    .filter(f -> !f.getModifiers().contains(JavaModifier.STATIC))
                    .map(JavaField::getRawType)
                    .anyMatch(type -> type.isEquivalentTo(MemorySegment.class)));
  }

  private static ArchCondition<JavaClass> resideInAPackageWithInfo() {
    return new ArchCondition<>("have a package-info in their package") {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        boolean there = item.getPackage().tryGetPackageInfo().isPresent();
        events.add(
            new SimpleConditionEvent(
                item,
                there,
                item.getPackageName() + (there ? " has" : " has no") + " package-info"));
      }
    };
  }
}
