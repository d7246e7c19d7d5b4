package io.github.narthex.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * Fails a test, or each test of a class, that leaves native objects alive; the message says of what
 * kinds, and in a JVM with {@code -Dnarthex.leaks=sites} where they were made.
 *
 * <pre>{@code
 * @NoLeaks
 * class ClassifierTest {
 *   @Test
 *   void classifies() { … }
 * }
 * }</pre>
 *
 * <p>Methods with {@code @BeforeEach} and {@code @AfterEach} belong to the test; what {@code
 * BeforeAll} opens may stay. Objects are counted for the whole process: where JUnit runs tests side
 * by side, those with this annotation run alone.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NoLeaksExtension.class)
@ResourceLock(Resources.GLOBAL)
@SuppressWarnings("exports") // whoever uses this has JUnit
public @interface NoLeaks {}
